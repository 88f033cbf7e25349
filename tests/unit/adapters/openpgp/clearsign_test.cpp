#include "adapters/openpgp/clearsign.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/openpgp/clearsign_text.hpp"
#include "base/text.hpp"
#include "support/openpgp_key.hpp"

namespace mlrepro {
namespace {

using test::OpenpgpKey;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

constexpr std::string_view text = "Origin: Test\nSuite: stable\n- dashed\n\nlast line\n";

std::string why(const ClearsignVerdict& verdict) {
  return join(verdict.reasons, "; ");
}

std::string replaced(std::string whole, std::string_view from, std::string_view to) {
  const auto at = whole.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return whole.replace(at, from.size(), to);
}

class Clearsign : public testing::Test {
 protected:
  [[nodiscard]] ClearsignVerdict verify(const std::string& message) const {
    return verify_clearsigned(message, {{key.public_key(false)}, {}});
  }
  OpenpgpKey key;
  std::string document = key.clearsign(text);
};

TEST_F(Clearsign, GivesTheSignedTextAndThePrimaryKey) {
  for (const bool armored : {false, true}) {
    const auto verdict = verify_clearsigned(document, {{key.public_key(armored)}, {}});
    ASSERT_TRUE(verdict.good) << why(verdict);
    EXPECT_EQ(verdict.content, text);
    EXPECT_THAT(verdict.fingerprints, ElementsAre(key.fingerprint()));
    EXPECT_TRUE(verdict.reasons.empty());
  }
}

TEST_F(Clearsign, OneChangedByteAnywhereIsRefused) {
  const std::size_t start = document.find("Origin");
  const std::size_t end = document.find("-----BEGIN PGP SIGNATURE");
  for (std::size_t at = start; at < end; ++at) {
    // White space at line ends is no part of what is signed (RFC 4880 section 7.1), and the last line feed
    // neither.
    if (document[at] == '\n' || document[at] == '\r') continue;
    std::string changed = document;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    const auto verdict = verify(changed);
    EXPECT_FALSE(verdict.good) << at;
    EXPECT_TRUE(verdict.content.empty());
  }
}

TEST_F(Clearsign, NoBitOfTheSignatureCanChangeTheText) {
  for (std::size_t at = 0; at < document.size(); ++at) {
    std::string changed = document;
    changed[at] = static_cast<char>(changed[at] ^ 4);
    const auto verdict = verify(changed);
    if (verdict.good) {
      EXPECT_EQ(trim(verdict.content), trim(text)) << at;
    }
  }
}

TEST_F(Clearsign, AnotherKeyIsNamed) {
  const OpenpgpKey other;
  const auto verdict = verify_clearsigned(document, {{other.public_key(true)}, {}});
  EXPECT_FALSE(verdict.good);
  EXPECT_THAT(why(verdict), HasSubstr("key " + key.fingerprint().substr(24) + " is not in the keyring"));
}

TEST_F(Clearsign, OneGoodSignatureOfTwoSuffices) {
  const OpenpgpKey other;
  const std::string both = key.clearsign(text, "SHA512", 0, {&other});
  auto verdict = verify(both);
  EXPECT_TRUE(verdict.good) << why(verdict);
  EXPECT_THAT(verdict.fingerprints, ElementsAre(key.fingerprint()));
  EXPECT_THAT(verdict.reasons, ElementsAre(HasSubstr("is not in the keyring")));
  verdict = verify_clearsigned(both, {{other.public_key(true), key.public_key(false)}, {}});
  EXPECT_THAT(verdict.fingerprints, UnorderedElementsAre(key.fingerprint(), other.fingerprint()));
}

TEST_F(Clearsign, ThePrimaryKeyStandsForItsSubkey) {
  const OpenpgpKey with_subkey({0, 0, true});
  const auto verdict = verify_clearsigned(with_subkey.clearsign(text), {{with_subkey.public_key(true)}, {}});
  ASSERT_TRUE(verdict.good) << why(verdict);
  EXPECT_THAT(verdict.fingerprints, ElementsAre(with_subkey.fingerprint()));
}

TEST_F(Clearsign, OnlyNamedKeysCount) {
  const OpenpgpKey signs({0, 0, true});
  const std::string signed_text = signs.clearsign(text);
  const auto by = [&](const std::string& name) {
    return verify_clearsigned(signed_text, {{signs.public_key(true)}, {name}}).good;
  };
  EXPECT_TRUE(by(signs.fingerprint()));
  EXPECT_TRUE(by(signs.signer()));
  EXPECT_TRUE(by(signs.signer() + "!"));
  EXPECT_FALSE(by(signs.fingerprint() + "!"));
  EXPECT_FALSE(by(key.fingerprint()));
}

TEST_F(Clearsign, ExpiredKeysAreRefusedUnlessJudgedByTheirTime) {
  constexpr UnixTime made = 1700000000;
  for (const bool subkey : {false, true}) {
    const OpenpgpKey expired({made, 86400, subkey});
    const std::string old = expired.clearsign(text, "SHA256", made + 60);
    const auto verdict = verify_clearsigned(old, {{expired.public_key(false)}, {}});
    EXPECT_FALSE(verdict.good) << subkey;
    EXPECT_THAT(why(verdict), HasSubstr("has expired"));
    const auto then = verify_clearsigned(old, {{expired.public_key(false)}, {}, true});
    EXPECT_TRUE(then.good) << why(then);
  }
}

TEST_F(Clearsign, RevokedKeysAreRefused) {
  key.revoke();
  const auto verdict = verify(document);
  EXPECT_FALSE(verdict.good);
  EXPECT_THAT(why(verdict), HasSubstr("was revoked"));
}

TEST_F(Clearsign, WeakDigestsAreRefused) {
  constexpr UnixTime long_ago = 1300000000;  // when librnp itself still took them
  const OpenpgpKey old({long_ago, 0, false});
  for (const char* hash : {"SHA1", "MD5"}) {
    const auto verdict =
        verify_clearsigned(old.clearsign(text, hash, long_ago + 1), {{old.public_key(false)}, {}});
    EXPECT_FALSE(verdict.good) << hash;
    EXPECT_THAT(why(verdict), HasSubstr("weak digest"));
  }
}

TEST_F(Clearsign, TextOutsideTheSignedPartIsRefused) {
  const std::string begin = "-----BEGIN PGP SIGNED MESSAGE-----";
  for (const std::string& bad :
       {"Origin: Evil\n" + document, document + "Origin: Evil\n", "\n" + document, document + document,
        replaced(document, "Hash: ", "Origin: Evil\nHash: "),
        replaced(document, "\n- - dashed", "\n- dashed2"),
        replaced(document, "- - dashed", "-----BEGIN PGP SIGNED MESSAGE-----"), std::string(text),
        std::string(), document.substr(0, document.find("-----BEGIN PGP SIGNATURE")),
        document.substr(0, document.find("-----END PGP SIGNATURE"))}) {
    const auto verdict = verify(bad);
    EXPECT_FALSE(verdict.good) << bad;
    EXPECT_TRUE(verdict.content.empty());
    EXPECT_FALSE(verdict.reasons.empty());
  }
}

TEST_F(Clearsign, KeyringsThatAreNoneAreNamed) {
  const auto verdict = verify_clearsigned(document, {{"not a keyring"}, {}});
  EXPECT_FALSE(verdict.good);
  EXPECT_THAT(why(verdict), HasSubstr("a keyring cannot be read"));
  EXPECT_TRUE(verify_clearsigned(document, {{"not a keyring", key.public_key(true)}, {}}).good);
  EXPECT_FALSE(verify_clearsigned(document, {}).good);
}

TEST_F(Clearsign, SeveralKeysInOneKeyring) {
  const OpenpgpKey other;
  for (const bool armored : {false, true}) {
    const std::string ring = other.public_key(armored) + key.public_key(armored);
    EXPECT_TRUE(verify_clearsigned(document, {{ring}, {}}).good) << armored;
  }
}

TEST(ClearsignedText, UndoesDashesAndLineEnds) {
  EXPECT_EQ(clearsigned_text("-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\n- -a \t\r\nb\n"
                             "-----BEGIN PGP SIGNATURE-----\n\nxx\n-----END PGP SIGNATURE-----\n"),
            "-a\nb");
}

}  // namespace
}  // namespace mlrepro
