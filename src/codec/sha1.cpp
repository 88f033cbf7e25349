#include "codec/sha1.hpp"

#include <openssl/evp.h>

#include "base/error.hpp"

namespace mlrepro {

std::array<unsigned char, 20> sha1(std::string_view bytes) {
  std::array<unsigned char, 20> digest{};
  unsigned length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha1(), nullptr) != 1 ||
      length != digest.size()) {
    throw Error(ErrorKind::surroundings, "openssl", "OpenSSL offers no SHA-1 here");
  }
  return digest;
}

}  // namespace mlrepro
