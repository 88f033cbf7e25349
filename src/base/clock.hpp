// Time of day, for records alone: nothing of it may reach a lock, an image or a canonical document.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mlrepro {

using UnixTime = std::int64_t;  // seconds since 1970-01-01T00:00:00Z

[[nodiscard]] UnixTime now();
// "2026-11-01T00:00:00Z"; inverse of parse_rfc3339 for whole seconds.
[[nodiscard]] std::string format_rfc3339(UnixTime time);
// RFC 3339 date-time (fractions dropped, offsets applied) or a bare date (midnight UTC); absent where it is
// neither.
[[nodiscard]] std::optional<UnixTime> parse_rfc3339(std::string_view text);
// RFC 5322/2822 date as in a Debian Release file: "Sat, 10 Jan 2026 09:02:37 UTC"; absent where it is none.
[[nodiscard]] std::optional<UnixTime> parse_rfc2822(std::string_view text);

}  // namespace mlrepro
