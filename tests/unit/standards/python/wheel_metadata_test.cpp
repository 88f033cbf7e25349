#include "standards/python/wheel_metadata.hpp"

#include <gtest/gtest.h>

#include "base/file.hpp"
#include "support/archives.hpp"

namespace mlrepro::python {
namespace {

constexpr std::string_view text = "Metadata-Version: 2.1\nName: A.b\nVersion: 1.0\n";

WheelText said(const std::string& bytes) {
  const TemporaryDirectory folder(std::filesystem::temp_directory_path(), "wheel");
  const auto path = folder.path() / "a.whl";
  testing::write_bytes(path, bytes);
  return read_wheel_text(path);
}

TEST(WheelMetadata, IsOfTheFilesProjectAndVersion) {
  EXPECT_TRUE(metadata_of_wheel("a_b-1.0-py3-none-any.whl", text));
  EXPECT_FALSE(metadata_of_wheel("a_c-1.0-py3-none-any.whl", text));
  EXPECT_FALSE(metadata_of_wheel("a_b-1.1-py3-none-any.whl", text));
  EXPECT_FALSE(metadata_of_wheel("a_b.tar.gz", text));
  EXPECT_FALSE(metadata_of_wheel("a_b-1.0-py3-none-any.whl", "Name: A.b\n"));
}

TEST(WheelMetadata, LiesInTheDistInfoAtTheTop) {
  const std::string bytes(text);
  const auto there = said(testing::make_zip({{"x/a.dist-info/METADATA", "no"},
                                             {"METADATA", "no"},
                                             {"a.dist-info/x/METADATA", "no"},
                                             {"A.b-1.0.dist-info/METADATA", bytes}}));
  EXPECT_EQ(there.metadata, bytes);
  EXPECT_EQ(there.unusable, "");
  EXPECT_EQ(said(testing::make_zip({{"METADATA", bytes}})).unusable, "it has no METADATA");
  EXPECT_EQ(said(testing::make_zip({{"a.dist-info/METADATA", bytes}}, 1)).unusable,
            "its METADATA cannot be read");
  EXPECT_EQ(said("no zip").unusable, "it is no zip archive");
}

}  // namespace
}  // namespace mlrepro::python
