// PEP 440 versions.
//
// A version is its canonical text and a key. Keys compare as bytes (memcmp) in the order of PEP 440, so
// sorting and comparing cost no parsing, and every specifier but === is a set of key intervals
// (specifier.hpp). The key is, in order:
//   epoch          number
//   release        number ..., trailing zeros dropped, then 0x00
//   pre            0x01 none, below a pre-release (a dev release of the version itself) | 0x02 a, 0x03 b,
//   0x04 rc, number |
//                  0x05 none, above
//   post           0x01 none | 0x02 number
//   dev            0x01 number | 0x02 none
//   local          per segment 0x01 text 0x00 | 0x02 number; nothing where there is none
// number: 0..238 one byte of its value plus 1; to 10^19-1 0xF0 plus (bytes - 1), then big-endian bytes; above
// 0xFF, two bytes of the count of decimal digits, the digits. "1.2.3" takes 8 bytes and no allocation.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mlrepro::python {

class Version {
 public:
  Version() = default;  // "0"

  // PEP 440 appendix B with all its spellings ("v1.0-RC.1", "1.0-1", white space around). Absent for anything
  // else, and for more than 1,000 bytes.
  [[nodiscard]] static std::optional<Version> parse(std::string_view text);

  // Canonical: "1!1.0rc1.post2.dev3+local.1". Trailing zeros of the release stay as written.
  [[nodiscard]] const std::string& str() const noexcept { return text_; }
  [[nodiscard]] const std::string& key() const noexcept { return key_; }

  // A pre-release or a development release.
  [[nodiscard]] bool is_prerelease() const noexcept { return has_pre_ || has_dev_; }
  [[nodiscard]] bool is_postrelease() const noexcept { return has_post_; }
  [[nodiscard]] bool is_devrelease() const noexcept { return has_dev_; }
  [[nodiscard]] bool has_local() const noexcept { return public_size_ != text_.size(); }

  // Views into str(): without the local part; epoch and release; the release alone ("1.2.3"); the local part
  // ("" for none).
  [[nodiscard]] std::string_view public_part() const noexcept;
  [[nodiscard]] std::string_view base_part() const noexcept;
  [[nodiscard]] std::string_view release_part() const noexcept;
  [[nodiscard]] std::string_view local_part() const noexcept;

  // Key without the local part: a prefix of key(), shared by the version and all its local builds.
  [[nodiscard]] std::string_view public_key() const noexcept;
  // Key up to and with the release's end: shared by all pre-, post- and dev-releases of one release.
  [[nodiscard]] std::string_view release_key() const noexcept;
  // Key up to and with the pre part: shared by a (pre-)release and its post-releases.
  [[nodiscard]] std::string_view pre_key() const noexcept;

  // PEP 440: "1.0" equals "1.0.0".
  bool operator==(const Version& other) const noexcept { return key_ == other.key_; }
  std::strong_ordering operator<=>(const Version& other) const noexcept {
    return key_.compare(other.key_) <=> 0;
  }

 private:
  friend class VersionParser;
  std::string text_ = "0";
  std::string key_{"\x01\x00\x05\x01\x02", 5};
  std::uint16_t release_begin_ = 0;  // in text_
  std::uint16_t release_end_ = 1;
  std::uint16_t public_size_ = 1;
  std::uint16_t key_release_ = 2;  // sizes of prefixes of key_
  std::uint16_t key_pre_ = 3;
  std::uint16_t key_public_ = 5;
  bool has_pre_ = false;
  bool has_post_ = false;
  bool has_dev_ = false;
};

// Appends a number of decimal digits (no sign, leading zeros allowed) as a key holds it.
void append_number_key(std::string& key, std::string_view digits);

}  // namespace mlrepro::python

template <>
struct std::hash<mlrepro::python::Version> {
  std::size_t operator()(const mlrepro::python::Version& version) const noexcept {
    return std::hash<std::string>{}(version.key());
  }
};
