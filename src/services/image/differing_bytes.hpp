// Where bytes begin to differ, in words for a person.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace mlrepro {

// As a C string would be written, in quotes: what is no printable ASCII is \xNN, so that a terminal is safe.
[[nodiscard]] std::string literal(std::string_view bytes);

// So many bytes from there on; fewer at the end alone.
using ReadBytes = std::function<std::string(std::uint64_t offset, std::size_t size)>;

// "bytes from offset 4 on: "abcd1"/"abcd2"", with some that are around; empty where there is no difference.
[[nodiscard]] std::string differing_bytes(const ReadBytes& first, const ReadBytes& second);
[[nodiscard]] std::string differing_bytes(std::string_view first, std::string_view second);

// What an open file holds; throws system_error with `name`.
[[nodiscard]] ReadBytes bytes_of_file(int fd, const std::string& name);

}  // namespace mlrepro
