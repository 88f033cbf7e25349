// A project's page of a simple index: PEP 503 (HTML), PEP 592 (yanked), PEP 658/714 (metadata sidecars), PEP
// 691 (JSON), PEP 700 (size, upload-time). Both forms of one page give the same value, apart from what HTML
// cannot say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "codec/digest.hpp"

namespace mlrepro::python {

struct SimpleFile {
  std::string filename;  // percent-decoded, no '/', no control characters
  std::string url;       // absolute where the page's own URL was, no fragment
  std::optional<Sha256> sha256;
  std::optional<std::uint64_t> size;
  std::optional<std::string> requires_python;  // as written, entities decoded; absent where empty
  std::optional<std::string> yanked;           // the reason, may be empty
  std::optional<UnixTime> upload_time;         // whole seconds, rounded up: nothing is older than it was
  bool core_metadata = false;                  // url + ".metadata" exists
  std::optional<Sha256> core_metadata_sha256;
  bool operator==(const SimpleFile&) const = default;
};

struct SimplePage {
  std::vector<SimpleFile> files;  // in the page's order
  // HTML without a file, but with a form, frame or script: somebody else's page in place of the index's.
  bool is_form = false;
  bool operator==(const SimplePage&) const = default;
};

// `url` is where the page came from after redirects (relative links start there, or at <base href>). Anchors
// without a usable file name are passed over. Absent where the page declares a repository version other
// than 1.x, or is over 256 MiB. Time is linear in the length: 1 MB in about 5 ms.
[[nodiscard]] std::optional<SimplePage> parse_simple_html(std::string_view text, std::string_view url);
// Absent where it is not JSON of PEP 691 version 1.x.
[[nodiscard]] std::optional<SimplePage> parse_simple_json(std::string_view text, std::string_view url);
// PEP 700's time; absent where it is none.
[[nodiscard]] std::optional<UnixTime> parse_upload_time(std::string_view text);
// By media type ("application/vnd.pypi.simple.v1+json; charset=utf-8", "text/html", ...); where that says
// nothing, by the first character.
[[nodiscard]] std::optional<SimplePage> parse_simple_page(std::string_view text, std::string_view url,
                                                          std::string_view content_type);

// What to ask for: JSON first, either HTML after it (PEP 691 "Content Types").
inline constexpr std::string_view simple_accept =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01";

}  // namespace mlrepro::python
