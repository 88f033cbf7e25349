#include "standards/python/page_names.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mlrepro::python {
namespace {

const std::vector<std::string>& names() {
  static const std::vector<std::string> all{
      "Some_Pkg-1.0-py3-none-any.whl",
      "some_pkg-1.0.0-py3-none-any.whl",
      "some.pkg-1.0-2a-py2.py3-none-any.whl",
      "some_pkg-1.0-x-py3-none-any.whl",
      "some_pkg-1.0--py3-none-any.whl",
      "some_pkg-1.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
      "some_pkg-1.1-cp39-cp39-win_amd64.whl",
      "some_pkg-1.1-cp39-cp39.whl",
      "some_pkg-1.2_1-py3-none-any.whl",
      "some_pkg-2004d.final-py3-none-any.whl",
      "some_pkg-1.3-py3-no ne-any.whl",
      "other-1.0-py3-none-any.whl",
      "other-x-py3-none-any.whl",
      "-some-1.0-py3-none-any.whl",
      "some-pkg-1.0.tar.gz",
      "some_pkg-1.4.tar.gz",
      "some_pkg-1.5.tar.gz",
      "some_pkg-.tar.gz",
      "some_pkg-x.tar.gz",
      "some-pkg-1.6.zip",
      "Some-Pkg-1.7.TAR.GZ",
      "some-pkg-1.8.tgz",
      "some-pkg-extra-1.0.tar.gz",
      "other-1.0.tar.gz",
      "other-1.0.exe",
      ".tar.gz",
      ".whl",
      "",
  };
  return all;
}

// What the readers of single names say together.
std::string expected(const std::string& name, const SupportedTags& tags) {
  const auto wheel = WheelName::parse(name);
  if (wheel && wheel->name == "some-pkg") {
    const auto rank = tags.rank(*wheel);
    return "wheel " + wheel->version.key() + (rank ? " " + std::to_string(*rank) : " none") +
           (wheel->build ? " " + std::to_string(*wheel->build) + wheel->build_suffix : "");
  }
  if (const auto source = SdistName::parse(name, "some-pkg"))
    return "source " + source->version.key() + " " + source->extension;
  const bool named = name.ends_with(".whl") || name.ends_with(".tar.gz") || name.ends_with(".zip");
  return !wheel && named ? "unreadable" : "other";
}

std::string said(PageNames& reader, std::string_view name) {
  const auto read = reader.read(name);
  if (const auto* wheel = std::get_if<PageNames::Wheel>(&read)) {
    return "wheel " + reader.versions().at(wheel->version).key() +
           (wheel->rank ? " " + std::to_string(*wheel->rank) : " none") +
           (wheel->build ? " " + std::to_string(wheel->build->number) + wheel->build->suffix : "");
  }
  if (const auto* source = std::get_if<PageNames::Source>(&read))
    return "source " + reader.versions().at(source->version).key() + " " + source->extension;
  return std::holds_alternative<PageNames::Unreadable>(read) ? "unreadable" : "other";
}

// Whatever was read before, a name says the same.
TEST(PageNames, SaysWhatTheReadersOfSingleNamesSay) {
  const SupportedTags tags(3, 11, {2, 36}, "x86_64");
  const std::string project = "some-pkg";
  auto order = names();
  std::sort(order.begin(), order.end());
  for (int turn = 0; turn < 200; ++turn) {
    PageNames reader(project, tags);
    for (const auto& name : order)
      EXPECT_EQ(said(reader, name), expected(name, tags)) << name;
    for (int step = 0; step <= turn % 7; ++step)
      std::next_permutation(order.begin() + turn % 20, order.end());
    std::rotate(order.begin(), order.begin() + 5, order.end());
  }
}

TEST(PageNames, EqualVersionsAreOne) {
  const SupportedTags tags(3, 11, {2, 36}, "x86_64");
  const std::string project = "a";
  PageNames reader(project, tags);
  for (const std::string_view name :
       {"a-1.0-py3-none-any.whl", "a-1.0.0.tar.gz", "a-v1.tar.gz", "a-2.tar.gz"})
    EXPECT_NE(said(reader, name), "unreadable");
  ASSERT_EQ(reader.versions().size(), 2U);
  EXPECT_EQ(reader.versions()[0].str(), "1.0");
}

}  // namespace
}  // namespace mlrepro::python
