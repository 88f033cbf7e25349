#include "codec/digest.hpp"

// OpenSSL 3 wants everybody to come by EVP, which reads its configuration and sets up its providers first: as
// long as all else that a small command does. These work without, and link alone out of libcrypto.a.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "base/file.hpp"
#include "base/hex.hpp"

namespace mlrepro {

std::optional<Sha256> Sha256::parse(std::string_view text) {
  if (text.starts_with("sha256:")) text.remove_prefix(7);
  if (text.size() != 64) return std::nullopt;
  Sha256 digest;
  for (std::size_t i = 0; i < 32; ++i) {
    const int high = hex_value(text[2 * i]);
    const int low = hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest.bytes_[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return digest;
}

std::string Sha256::hex() const {
  return hex_of(bytes_);
}

std::string Sha256::tagged() const {
  return "sha256:" + hex();
}

struct Sha256Hasher::State {
  SHA256_CTX context;
};

Sha256Hasher::Sha256Hasher() : state_(std::make_unique<State>()) {
  SHA256_Init(&state_->context);
}
Sha256Hasher::Sha256Hasher(Sha256Hasher&&) noexcept = default;
Sha256Hasher& Sha256Hasher::operator=(Sha256Hasher&&) noexcept = default;
Sha256Hasher::~Sha256Hasher() = default;

void Sha256Hasher::update(std::string_view bytes) {
  SHA256_Update(&state_->context, bytes.data(), bytes.size());
}

Sha256 Sha256Hasher::finish() {
  std::array<std::uint8_t, 32> bytes{};
  SHA256_Final(bytes.data(), &state_->context);
  SHA256_Init(&state_->context);
  return Sha256(bytes);
}

Sha256 sha256(std::string_view bytes) {
  Sha256Hasher hasher;
  hasher.update(bytes);
  return hasher.finish();
}

Sha256 sha256_file(const std::filesystem::path& path) {
  Sha256Hasher hasher;
  read_chunks(path, [&](std::string_view piece) { hasher.update(piece); });
  return hasher.finish();
}

}  // namespace mlrepro
