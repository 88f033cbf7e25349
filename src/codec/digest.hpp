// SHA-256 (FIPS 180-4), the one hash of mlrepro.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mlrepro {

class Sha256 {
 public:
  Sha256() = default;  // all zero: no digest of anything
  explicit Sha256(const std::array<std::uint8_t, 32>& bytes) : bytes_(bytes) {}

  // 64 hexadecimal digits, upper or lower case, with or without a leading "sha256:".
  [[nodiscard]] static std::optional<Sha256> parse(std::string_view text);

  [[nodiscard]] std::string hex() const;     // 64 lower-case digits
  [[nodiscard]] std::string tagged() const;  // "sha256:" + hex(), the OCI form
  [[nodiscard]] const std::array<std::uint8_t, 32>& bytes() const noexcept { return bytes_; }
  auto operator<=>(const Sha256&) const = default;

 private:
  std::array<std::uint8_t, 32> bytes_{};
};

class Sha256Hasher {
 public:
  Sha256Hasher();
  Sha256Hasher(Sha256Hasher&&) noexcept;
  Sha256Hasher& operator=(Sha256Hasher&&) noexcept;
  ~Sha256Hasher();
  void update(std::string_view bytes);
  // The digest of all that was given; the hasher is then as new.
  [[nodiscard]] Sha256 finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] Sha256 sha256(std::string_view bytes);
// Streams the file; throws as read_chunks does.
[[nodiscard]] Sha256 sha256_file(const std::filesystem::path& path);

}  // namespace mlrepro

template <>
struct std::hash<mlrepro::Sha256> {
  std::size_t operator()(const mlrepro::Sha256& digest) const noexcept {
    std::size_t value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i)
      value = value << 8 | digest.bytes()[i];
    return value;
  }
};
