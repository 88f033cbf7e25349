#include "standards/python/version.hpp"

#include <gtest/gtest.h>

#include "base/file.hpp"
#include "codec/json.hpp"

namespace mlrepro::python {
namespace {

Json fixture(const char* section) {
  const std::string path = std::string(MLREPRO_FIXTURES) + "/python/pep440.json";
  return parse_json(read_file(path), path).at(section);
}

std::string canonical(std::string_view text) {
  const auto version = Version::parse(text);
  return version ? version->str() : "-";
}

TEST(Pep440Version, ReadsEverySpelling) {
  for (const auto& row : fixture("spellings")) {
    const auto text = row.at(0).get<std::string>();
    EXPECT_EQ(canonical(text), row.at(1).is_null() ? "-" : row.at(1).get<std::string>()) << text;
  }
}

TEST(Pep440Version, CanonicalTextReadsAsItself) {
  for (const auto& row : fixture("order")) {
    const auto text = row.get<std::string>();
    const auto once = Version::parse(text);
    ASSERT_TRUE(once) << text;
    const auto twice = Version::parse(once->str());
    ASSERT_TRUE(twice) << text;
    EXPECT_EQ(once->str(), twice->str());
    EXPECT_EQ(once->key(), twice->key());
  }
}

TEST(Pep440Version, OrdersEveryPair) {
  std::vector<Version> versions;
  for (const auto& text : fixture("order"))
    versions.push_back(*Version::parse(text.get<std::string>()));
  for (std::size_t i = 0; i < versions.size(); ++i) {
    for (std::size_t j = 0; j < versions.size(); ++j) {
      EXPECT_EQ(versions[i] < versions[j], i < j) << versions[i].str() << " " << versions[j].str();
      EXPECT_EQ(versions[i] == versions[j], i == j) << versions[i].str() << " " << versions[j].str();
    }
  }
}

TEST(Pep440Version, OrdersDevBeforePreBeforeFinalBeforeLocalBeforePost) {
  const char* order[] = {"1.0.dev1",
                         "1.0a1.dev1",
                         "1.0a1",
                         "1.0a1.post1",
                         "1.0b1",
                         "1.0rc1",
                         "1.0",
                         "1.0+a",
                         "1.0+1",
                         "1.0+1.a",
                         "1.0.post1.dev1",
                         "1.0.post1",
                         "1.0.1",
                         "1.238",
                         "1.239",
                         "1.255",
                         "1.256",
                         "1.65536",
                         "1.9999999999999999999",
                         "1.99999999999999999999",
                         "1!0"};
  for (std::size_t i = 1; i < std::size(order); ++i) {
    EXPECT_LT(*Version::parse(order[i - 1]), *Version::parse(order[i])) << order[i];
  }
}

TEST(Pep440Version, TrailingZerosAreEqualButStayWritten) {
  EXPECT_EQ(*Version::parse("1"), *Version::parse("1.0.0"));
  EXPECT_EQ(canonical("1.0.0"), "1.0.0");
  EXPECT_EQ(*Version::parse("0"), Version());
  EXPECT_EQ(Version().str(), "0");
  EXPECT_EQ(std::hash<Version>{}(*Version::parse("1")), std::hash<Version>{}(*Version::parse("1.0")));
}

TEST(Pep440Version, GivesItsParts) {
  const auto version = *Version::parse("v2!1.2RC3-4.dev5+Ubuntu_01");
  EXPECT_EQ(version.str(), "2!1.2rc3.post4.dev5+ubuntu.1");
  EXPECT_EQ(version.public_part(), "2!1.2rc3.post4.dev5");
  EXPECT_EQ(version.base_part(), "2!1.2");
  EXPECT_EQ(version.release_part(), "1.2");
  EXPECT_EQ(version.local_part(), "ubuntu.1");
  EXPECT_TRUE(version.is_prerelease() && version.is_postrelease() && version.is_devrelease() &&
              version.has_local());
  EXPECT_FALSE(Version::parse("1.0.post1")->is_prerelease());
  EXPECT_TRUE(Version::parse("1.0.post1.dev1")->is_prerelease());
}

TEST(Pep440Version, RefusesWhatIsNone) {
  for (const char* bad : {"", " ", "v", "1.", ".1", "1..2", "1!", "!1", "1.0x", "1.0+", "1.0+a..b", "1.0+a+b",
                          "french toast", "1.0-", "1.0--1", "1 .0", "2004d", "1.0a1b1"}) {
    EXPECT_FALSE(Version::parse(bad)) << bad;
  }
  EXPECT_FALSE(Version::parse(std::string(1001, '1')));
  EXPECT_TRUE(Version::parse(std::string(1000, '1')));
}

}  // namespace
}  // namespace mlrepro::python
