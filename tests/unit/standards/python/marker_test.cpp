#include "standards/python/marker.hpp"

#include <gtest/gtest.h>

#include "base/file.hpp"
#include "codec/json.hpp"
#include "standards/python/requirement.hpp"

namespace mlrepro::python {
namespace {

const MarkerEnvironment target = linux_cpython("3.11.2", "x86_64");

Json fixture(const char* section) {
  const std::string path = std::string(MLREPRO_FIXTURES) + "/python/pep508.json";
  return parse_json(read_file(path), path).at(section);
}

TEST(Pep508Marker, AgreesWithPackaging) {
  for (const auto& row : fixture("markers")) {
    const auto text = row.at(0).get<std::string>();
    const auto marker = Marker::parse(text);
    ASSERT_EQ(marker.has_value(), !row.at(1).is_null()) << text;
    if (!marker) continue;
    const auto answers = row.at(1).get<std::string>();
    EXPECT_EQ(marker->evaluate(target, std::string_view()), answers[0] == '1') << text;
    EXPECT_EQ(marker->evaluate(target, std::string_view("dev")), answers[1] == '1') << text;
    const auto again = Marker::parse(marker->str());
    ASSERT_TRUE(again) << marker->str();
    EXPECT_EQ(again->str(), marker->str());
    EXPECT_EQ(again->evaluate(target, std::string_view("dev")), answers[1] == '1') << marker->str();
  }
}

TEST(Pep508Marker, ComparesPythonAsVersions) {
  EXPECT_TRUE(Marker::parse("python_version >= '3.9'")->evaluate(target));
  EXPECT_TRUE(Marker::parse("'3.9' < python_version")->evaluate(target));
  EXPECT_TRUE(Marker::parse("python_full_version < '3.11.10'")->evaluate(target));
  EXPECT_TRUE(Marker::parse("python_version in '3.10 3.11'")->evaluate(target));
  EXPECT_FALSE(Marker::parse("platform_release >= '5'")->evaluate(target));
}

TEST(Pep508Marker, AnswersForExtras) {
  const auto marker = Marker::parse("extra == 'My_Extra' and python_version > '3'").value();
  const std::vector<std::string> asked = {"other", "my-extra"};
  EXPECT_TRUE(marker.evaluate(target, asked));
  EXPECT_FALSE(marker.evaluate(target));
  EXPECT_TRUE(marker.only_for_extra(target));
  EXPECT_EQ(marker.extras(), std::vector<std::string>{"my-extra"});
  EXPECT_TRUE(marker.uses(MarkerVariable::extra));
  EXPECT_FALSE(Marker::parse("os_name == 'posix' or extra == 'a'")->only_for_extra(target));
  EXPECT_FALSE(Marker::parse("os_name == 'nt' and extra == 'a'")->only_for_extra(target));
}

TEST(Pep508Marker, BoundsNesting) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '(') + "os_name == 'posix'" + std::string(depth, ')');
  };
  EXPECT_TRUE(Marker::parse(nested(64)));
  EXPECT_FALSE(Marker::parse(nested(65)));
  EXPECT_FALSE(Marker::parse(std::string(1000000, '(')));
}

TEST(Pep508Marker, RefusesWhatIsNone) {
  for (const char* bad :
       {"", "os_name", "os_name == ", "os_name == posix", "'a' == 'b'", "os_name = 'a'", "os_name not 'a'",
        "(os_name == 'a'", "os_name == 'a')", "os_name == 'a' and", "os_name == 'a' os_name == 'b'",
        "osname == 'a'", "os_name == 'a", "os_name == 'a' && os_name == 'b'"}) {
    EXPECT_FALSE(Marker::parse(bad)) << bad;
  }
}

TEST(Pep508Marker, KnowsTheTarget) {
  EXPECT_EQ(linux_cpython("3.13.0rc1+", "aarch64").python_full_version, "3.13.0rc1");
  EXPECT_EQ(linux_cpython("3.13.0rc1+", "aarch64").python_version, "3.13");
  EXPECT_EQ(linux_cpython("3.13.0rc1+", "aarch64").platform_machine, "aarch64");
}

TEST(Pep508Requirement, AgreesWithPackaging) {
  for (const auto& row : fixture("requirements")) {
    const auto text = row.at(0).get<std::string>();
    const auto requirement = Requirement::parse(text);
    EXPECT_EQ(requirement ? requirement->str() : "-",
              row.at(1).is_null() ? "-" : row.at(1).get<std::string>())
        << text;
    if (!requirement) continue;
    EXPECT_EQ(Requirement::parse(requirement->str()).value().str(), requirement->str());
  }
}

TEST(Pep508Requirement, ReadsOldForms) {
  const auto str = [](std::string_view text) {
    const auto requirement = Requirement::parse(text);
    return requirement ? requirement->str() : "-";
  };
  EXPECT_EQ(str("Foo (>=1.0, <2)"), "foo<2,>=1.0");
  EXPECT_EQ(str("foo(1.0)"), "foo==1.0");
  EXPECT_EQ(str("foo ()"), "foo");
  EXPECT_EQ(str("foo>=1.0,"), "foo>=1.0");
  EXPECT_EQ(str("foo;"), "foo");
  EXPECT_EQ(str("foo>=1 ; (python_version>='3') and extra=='B_c'"),
            "foo>=1; python_version >= \"3\" and extra == \"b-c\"");
  for (const char* bad : {"foo 1.0", "foo[a", "foo[a b]", "foo@", "foo (>=1", "foo_", "foo ; ; os_name=='a'",
                          "foo bar", "./foo", "-e ."}) {
    EXPECT_EQ(str(bad), "-") << bad;
  }
}

TEST(Pep508Marker, TakesNoOrderOfWildcards) {
  EXPECT_FALSE(Marker::parse("python_version >= '3.*'").value().evaluate(target));
  EXPECT_TRUE(Marker::parse("python_version == '3.*'").value().evaluate(target));
}

TEST(Pep508Marker, FullVersionsHaveThreeNumbers) {
  EXPECT_EQ(linux_cpython("3.11", "x86_64").python_full_version, "3.11.0");
  EXPECT_EQ(linux_cpython("3.13.0rc1+", "x86_64").python_full_version, "3.13.0rc1");
}

TEST(Pep508Requirement, AppliesToTheTarget) {
  const auto requirement = Requirement::parse("foo[b,a]==1; extra == 'x'").value();
  const std::vector<std::string> asked = {"x"};
  EXPECT_TRUE(requirement.applies(target, asked));
  EXPECT_FALSE(requirement.applies(target));
  EXPECT_EQ(requirement.str_without_marker(), "foo[a,b]==1");
}

}  // namespace
}  // namespace mlrepro::python
