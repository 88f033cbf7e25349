#include "codec/sha1.hpp"

#define OPENSSL_SUPPRESS_DEPRECATED  // see digest.cpp
#include <openssl/sha.h>

namespace mlrepro {

std::array<unsigned char, 20> sha1(std::string_view bytes) {
  std::array<unsigned char, 20> digest{};
  SHA_CTX context;
  SHA1_Init(&context);
  SHA1_Update(&context, bytes.data(), bytes.size());
  SHA1_Final(digest.data(), &context);
  return digest;
}

}  // namespace mlrepro
