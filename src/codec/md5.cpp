#include "codec/md5.hpp"

#define OPENSSL_SUPPRESS_DEPRECATED  // see digest.cpp
#include <openssl/md5.h>

#include <array>

#include "base/hex.hpp"

namespace mlrepro {

struct Md5Hasher::State {
  MD5_CTX context;
};

Md5Hasher::Md5Hasher() : state_(std::make_unique<State>()) {
  MD5_Init(&state_->context);
}
Md5Hasher::~Md5Hasher() = default;

void Md5Hasher::update(std::string_view bytes) {
  MD5_Update(&state_->context, bytes.data(), bytes.size());
}

std::string Md5Hasher::finish() {
  std::array<unsigned char, MD5_DIGEST_LENGTH> bytes{};
  MD5_Final(bytes.data(), &state_->context);
  return hex_of(bytes);
}

}  // namespace mlrepro
