#include "codec/json.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "codec/digest.hpp"

namespace mlrepro {
namespace {

TEST(CanonicalJson, SortsKeysByUtf16AndWritesEcmaNumbers) {
  const Json value =
      parse_json(R"({"b":[1e21,1e-7,0.1,-0,100,1.5e300],"a":"\u20ac\n","\ud83d\ude00":1,"\ufb33":2})", "t");
  EXPECT_EQ(canonical_json(value),
            "{\"a\":\"\xE2\x82\xAC\\n\",\"b\":[1e+21,1e-7,0.1,0,100,1.5e+300],\"\xF0\x9F\x98\x80\":1,"
            "\"\xEF\xAC\xB3\":2}");
}

// RFC 8785 section 3.2.3: by UTF-16 code units, in which a surrogate pair comes before U+E000.
TEST(CanonicalJson, SortsKeysByUtf16) {
  const std::vector<std::string> ordered{
      "",       "\r",     "1",          "1a",         "a",          "ab",     "\u0080", "\u00f6",
      "\u20ac", "\ud7ff", "\U00010000", "\U0001f600", "\U0010ffff", "\ue000", "\ufb33", "\uffff"};
  Json value = Json::object();
  for (std::size_t i = 0; i < ordered.size(); ++i)
    value[ordered[(i * 7) % ordered.size()]] = 1;
  ASSERT_EQ(value.size(), ordered.size());
  std::vector<std::string> keys;
  const Json sorted = Json::parse(canonical_json(value));
  for (const auto& [key, one] : sorted.items())
    keys.push_back(key);
  EXPECT_EQ(keys, ordered);
}

TEST(ParseJson, RefusesDuplicateKeysTrailingTextAndNestingBombs) {
  EXPECT_THROW((void)parse_json(R"({"a":1,"a":2})", "t"), Error);
  EXPECT_THROW((void)parse_json("{} x", "t"), Error);
  EXPECT_THROW((void)parse_json(std::string(100000, '['), "t"), Error);
}

TEST(Sha256Digest, HashesTheStandardsExample) {
  EXPECT_EQ(sha256("abc").hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256::parse(sha256("abc").tagged()), sha256("abc"));
  EXPECT_FALSE(Sha256::parse("sha256:zz"));
}

}  // namespace
}  // namespace mlrepro
