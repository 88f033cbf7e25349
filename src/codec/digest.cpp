#include "codec/digest.hpp"

#include <openssl/evp.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/handle.hpp"
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
  std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>> context{EVP_MD_CTX_new()};

  void begin() {
    if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) {
      throw Error(ErrorKind::internal, "openssl", "OpenSSL cannot start SHA-256");
    }
  }
};

Sha256Hasher::Sha256Hasher() : state_(std::make_unique<State>()) {
  state_->begin();
}
Sha256Hasher::Sha256Hasher(Sha256Hasher&&) noexcept = default;
Sha256Hasher& Sha256Hasher::operator=(Sha256Hasher&&) noexcept = default;
Sha256Hasher::~Sha256Hasher() = default;

void Sha256Hasher::update(std::string_view bytes) {
  if (EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) != 1) {
    throw Error(ErrorKind::internal, "openssl", "OpenSSL cannot hash");
  }
}

Sha256 Sha256Hasher::finish() {
  std::array<std::uint8_t, 32> bytes{};
  unsigned length = 0;
  if (EVP_DigestFinal_ex(state_->context.get(), bytes.data(), &length) != 1 || length != bytes.size()) {
    throw Error(ErrorKind::internal, "openssl", "OpenSSL cannot finish SHA-256");
  }
  state_->begin();
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
