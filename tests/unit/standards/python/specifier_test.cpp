#include "standards/python/specifier.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/file.hpp"
#include "codec/json.hpp"

namespace mlrepro::python {
namespace {

bool holds(std::string_view specifiers, std::string_view version) {
  return SpecifierSet::parse(specifiers).value().contains(Version::parse(version).value());
}

Fit fit(std::string_view specifiers, std::string_view version) {
  return SpecifierSet::parse(specifiers).value().fit(Version::parse(version).value());
}

TEST(Pep440Specifier, AgreesWithPackaging) {
  const std::string path = std::string(MLREPRO_FIXTURES) + "/python/pep440.json";
  const auto table = parse_json(read_file(path), path);
  for (const auto& row : table.at("specifiers")) {
    const auto text = row.at(0).get<std::string>();
    const auto set = SpecifierSet::parse(text);
    ASSERT_TRUE(set) << text;
    const auto answers = row.at(1).get<std::string>();
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const auto version = table.at("versions").at(i).get<std::string>();
      EXPECT_EQ(set->contains(*Version::parse(version)), answers[i] == '1') << text << " holds " << version;
    }
  }
}

TEST(Pep440Specifier, LocalVersions) {
  EXPECT_TRUE(holds("==2.0", "2.0+cu121"));
  EXPECT_FALSE(holds("==2.0+cu118", "2.0+cu121"));
  EXPECT_FALSE(holds("==2.0+cu121", "2.0"));
  EXPECT_TRUE(holds("<=2.0", "2.0+cu121"));
  EXPECT_TRUE(holds(">=2.0", "2.0+cu121"));
  EXPECT_FALSE(holds(">2.0", "2.0+cu121"));
  EXPECT_FALSE(holds("<2.0", "2.0+cu121"));
  EXPECT_FALSE(holds("!=2.0", "2.0+cu121"));
  EXPECT_FALSE(SpecifierSet::parse(">=2.0+cu121"));
}

TEST(Pep440Specifier, StrictBoundsLeaveOutWhatBelongsToTheVersion) {
  EXPECT_FALSE(holds(">1.2.3", "1.2.3.post1"));
  EXPECT_TRUE(holds(">1.2.3.post1", "1.2.3.post2"));
  EXPECT_TRUE(holds(">1.2.3a1", "1.2.3.post1"));
  EXPECT_FALSE(holds(">1.2.3a1", "1.2.3a1.post1"));
  EXPECT_FALSE(holds("<0.2.0", "0.2.0a1"));
  EXPECT_TRUE(holds("<0.2.0", "0.1.9"));
  EXPECT_TRUE(holds("<1.2.3.post1", "1.2.3a1"));
  EXPECT_FALSE(holds("<1.2.3.post1", "1.2.3.post1.dev0"));
  EXPECT_TRUE(holds("<1.2.3rc1", "1.2.3b1"));
}

TEST(Pep440Specifier, ReadsOldForms) {
  EXPECT_EQ(SpecifierSet::parse(">=2.7.*, <3.*")->str(), "<3,>=2.7");
  EXPECT_EQ(SpecifierSet::parse(">=7.2.0<8")->str(), "<8,>=7.2.0");
  EXPECT_EQ(SpecifierSet::parse(">=2.7,!=3.0*,")->str(), "!=3.0.*,>=2.7");
  EXPECT_EQ(SpecifierSet::parse("<= 1!2 , >1!1")->str(), "<=1!2,>1!1");
  EXPECT_EQ(SpecifierSet::parse(">dev")->str(), ">0.dev0");
  EXPECT_TRUE(holds(">dev", "0.0.1"));
  EXPECT_EQ(SpecifierSet::parse("!=~5.0,>=4")->str(), "!=5.0.*,>=4");
  EXPECT_EQ(SpecifierSet::parse(">='2.7', !=\"3.0.*\"")->str(), "!=3.0.*,>=2.7");
  EXPECT_EQ(SpecifierSet::parse(">=9.0.0a1.0")->str(), ">=9.0.0a1");
  for (const char* bad : {"1.0", "=1.0", "=>1", ">=", "~=1", "~=1.*", "==1.0a1.*", "==*", "== .*", "<>1",
                          ">=dev", "===a b", "== 1 2"}) {
    EXPECT_FALSE(SpecifierSet::parse(bad)) << bad;
  }
}

TEST(Pep440Specifier, RangesHoldWhatContainsHolds) {
  const char* specifiers[] = {"",        ">=1,<2",    "!=1.5,!=1.6.*,!=1.7",
                              "~=1.4.2", ">1.0,<1.0", "==1.*,!=1.2,!=1.3,!=1.4,!=1.5",
                              "==1.0+a"};
  const char* versions[] = {"0",   "1.0",   "1.0+a", "1.2", "1.2.dev1",  "1.4.2",  "1.4.9rc1",
                            "1.5", "1.5+x", "1.6a1", "1.6", "1.7.post1", "2.dev0", "2"};
  for (const char* text : specifiers) {
    const auto set = SpecifierSet::parse(text).value();
    for (std::size_t i = 1; i < set.ranges().size(); ++i)
      EXPECT_LT(set.ranges()[i - 1].upper.value(), set.ranges()[i].lower);
    for (const char* each : versions) {
      const auto version = Version::parse(each).value();
      const bool single = std::all_of(set.specifiers().begin(), set.specifiers().end(),
                                      [&](const auto& one) { return one.contains(version); });
      EXPECT_EQ(set.contains(version), single) << text << " " << each;
    }
  }
  EXPECT_TRUE(SpecifierSet::parse(">1.0,<1.0")->ranges().empty());
}

TEST(Pep440Specifier, TellsUpperBoundsFromOtherRefusals) {
  EXPECT_EQ(fit(">=3.7", "3.11"), Fit::inside);
  EXPECT_EQ(fit(">=3.7,<3.10", "3.11"), Fit::above);
  EXPECT_EQ(fit("~=3.7", "4.0"), Fit::above);
  EXPECT_EQ(fit("==3.8.*", "3.11"), Fit::above);
  EXPECT_EQ(fit("==3.8.*", "3.7"), Fit::outside);
  EXPECT_EQ(fit(">=3.12", "3.11.2"), Fit::outside);
  EXPECT_EQ(fit("!=3.11.2", "3.11.2"), Fit::outside);
  EXPECT_EQ(fit("<3.10,!=3.11.2", "3.11.2"), Fit::outside);
}

TEST(Pep440Specifier, NamesPrereleasesAndPins) {
  EXPECT_TRUE(SpecifierSet::parse(">=1.0rc1")->names_prerelease());
  EXPECT_TRUE(SpecifierSet::parse("==1.0.dev3")->names_prerelease());
  EXPECT_FALSE(SpecifierSet::parse("!=1.0rc1,>=1.0.post1")->names_prerelease());
  EXPECT_EQ(SpecifierSet::parse("==1.0,>0")->exact_pin()->str(), "1.0");
  EXPECT_EQ(SpecifierSet::parse("===1.0")->exact_pin()->str(), "1.0");
  EXPECT_FALSE(SpecifierSet::parse("==1.*")->exact_pin());
  EXPECT_EQ(Specifier::exactly(*Version::parse("2.0+cu121")).str(), "==2.0+cu121");
  EXPECT_EQ(SpecifierSet::parse(">1")->with(*SpecifierSet::parse("<2,>1")).str(), "<2,>1");
}

}  // namespace
}  // namespace mlrepro::python
