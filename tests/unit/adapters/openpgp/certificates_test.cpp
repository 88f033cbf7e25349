#include "adapters/openpgp/certificates.hpp"

#include <gtest/gtest.h>

#include "support/openpgp_key.hpp"

namespace mlrepro {
namespace {

using test::OpenpgpKey;

TEST(Certificates, KeepsThoseThatAreAskedForByteForByte) {
  const OpenpgpKey one;
  const OpenpgpKey other;
  const std::string first = one.public_key(false);
  const std::string second = other.public_key(false);
  const auto id = [](const OpenpgpKey& key) { return key.fingerprint().substr(24); };
  EXPECT_EQ(certificates_of(first + second, {id(one)}), first);
  EXPECT_EQ(certificates_of(first + second, {id(other)}), second);
  EXPECT_EQ(certificates_of(first + second, {id(other), id(one)}), first + second);
  EXPECT_EQ(certificates_of(first + second, {"0123456789ABCDEF"}), "");
}

TEST(Certificates, WhatCannotBeToldApartStaysWhole) {
  const std::string key = OpenpgpKey().public_key(false);
  for (const auto& keyring :
       {key.substr(0, key.size() - 1), "x" + key, key + "x", std::string("\xff", 1), std::string("\x99\xff")})
    EXPECT_EQ(certificates_of(keyring, {"0123456789ABCDEF"}), keyring);
  EXPECT_EQ(certificates_of("", {}), "");
}

}  // namespace
}  // namespace mlrepro
