#include "codec/zip_file.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "support/archives.hpp"

namespace mlrepro {
namespace {

using testing::make_zip;
using testing::write_bytes;

class ZipFiles : public ::testing::Test {
 protected:
  TemporaryDirectory folder_{std::filesystem::temp_directory_path(), "zip"};
  std::filesystem::path path_ = folder_.path() / "a.zip";
};

TEST_F(ZipFiles, GivesMembersAndTheirContent) {
  write_bytes(path_, make_zip({{"a", "first"}, {"b/c", std::string(100000, 'c')}}));
  const ZipFile zip(path_);
  const auto members = zip.members();
  ASSERT_TRUE(members);
  ASSERT_EQ(members->size(), 2U);
  EXPECT_EQ((*members)[1].name, "b/c");
  EXPECT_EQ(zip.content((*members)[0], 100), "first");
  EXPECT_EQ(zip.content((*members)[1], 100000), std::string(100000, 'c'));
  EXPECT_FALSE(zip.content((*members)[1], 99999));
}

TEST_F(ZipFiles, WhatIsNone) {
  for (const std::string& bytes : {std::string(), std::string("no zip"), std::string(100000, 'x')}) {
    write_bytes(path_, bytes);
    EXPECT_FALSE(ZipFile(path_).members());
  }
  write_bytes(path_, make_zip({{"a", "first"}}));
  EXPECT_FALSE(ZipFile(path_).members(10));
  ZipEntry away;
  away.header_offset = 1U << 30;
  away.compressed_size = 10;
  EXPECT_FALSE(ZipFile(path_).content(away, 100));
}

TEST_F(ZipFiles, FollowsNoLink) {
  write_bytes(folder_.path() / "b.zip", make_zip({{"a", "first"}}));
  std::filesystem::create_symlink("b.zip", path_);
  EXPECT_THROW(ZipFile{path_}, Error);
}

}  // namespace
}  // namespace mlrepro
