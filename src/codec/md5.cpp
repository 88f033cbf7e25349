#include "codec/md5.hpp"

#include <openssl/evp.h>

#include <array>

#include "base/error.hpp"
#include "base/handle.hpp"
#include "base/hex.hpp"

namespace mlrepro {

struct Md5Hasher::State {
  std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>> context{EVP_MD_CTX_new()};
};

Md5Hasher::Md5Hasher() : state_(std::make_unique<State>()) {
  if (!state_->context || EVP_DigestInit_ex(state_->context.get(), EVP_md5(), nullptr) != 1) {
    throw Error(ErrorKind::surroundings, "openssl", "OpenSSL offers no MD5 here");
  }
}
Md5Hasher::~Md5Hasher() = default;

void Md5Hasher::update(std::string_view bytes) {
  if (EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) != 1) {
    throw Error(ErrorKind::internal, "openssl", "OpenSSL cannot hash");
  }
}

std::string Md5Hasher::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned length = 0;
  if (EVP_DigestFinal_ex(state_->context.get(), bytes.data(), &length) != 1) {
    throw Error(ErrorKind::internal, "openssl", "OpenSSL cannot finish MD5");
  }
  return hex_of({bytes.data(), length});
}

}  // namespace mlrepro
