#include "standards/python/wheel_name.hpp"

#include <gtest/gtest.h>

namespace mlrepro::python {
namespace {

TEST(WheelName, ReadsAllParts) {
  const auto wheel = WheelName::parse(
      "Scikit_Learn-1.5.0+cu121-1a-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl");
  ASSERT_TRUE(wheel);
  EXPECT_EQ(wheel->name, "scikit-learn");
  EXPECT_EQ(wheel->version.str(), "1.5.0+cu121");
  EXPECT_EQ(wheel->build, 1U);
  EXPECT_EQ(wheel->build_suffix, "a");
  EXPECT_EQ(wheel->pythons, std::vector<std::string>{"cp311"});
  EXPECT_EQ(wheel->platforms, (std::vector<std::string>{"manylinux_2_17_x86_64", "manylinux2014_x86_64"}));
  EXPECT_EQ(WheelName::parse("six-1.16.0-py2.py3-none-any.whl")->pythons,
            (std::vector<std::string>{"py2", "py3"}));
  EXPECT_EQ(WheelName::parse("a-1.0_1-py3-none-any.whl")->version.str(), "1.0.post1");
}

TEST(WheelName, RefusesWhatIsNone) {
  for (const char* bad :
       {"", ".whl", "a-1-py3-none.whl", "a-1-py3-none-any.zip", "a-x-py3-none-any.whl",
        "a-1-b-py3-none-any.whl", "a-1-1-py3-none-any-x.whl", "a-1-py3--any.whl", "a-1-py3-none-a/b.whl",
        "-1-py3-none-any.whl", "a-1-py3.-none-any.whl", "a-1-99999999999999999999-py3-none-any.whl"}) {
    EXPECT_FALSE(WheelName::parse(bad)) << bad;
  }
}

TEST(SdistName, FindsTheVersionByTheProject) {
  const auto version = [](std::string_view file, std::string_view project) {
    const auto sdist = SdistName::parse(file, project);
    return sdist ? sdist->version.str() + " " + sdist->extension : "-";
  };
  EXPECT_EQ(version("numpy-1.26.4.tar.gz", "numpy"), "1.26.4 tar.gz");
  EXPECT_EQ(version("zope.interface-5.0.zip", "zope-interface"), "5.0 zip");
  EXPECT_EQ(version("foo-2-1.0-1.tar.bz2", "foo-2"), "1.0.post1 tar.bz2");
  EXPECT_EQ(version("foo-2-1.0.tar.gz", "foo"), "-");
  EXPECT_EQ(version("foo-1.0.win32.zip", "foo"), "-");
  EXPECT_EQ(version("foo-1.0.exe", "foo"), "-");
  EXPECT_EQ(version("bar-1.0.tar.gz", "foo"), "-");
}

}  // namespace
}  // namespace mlrepro::python
