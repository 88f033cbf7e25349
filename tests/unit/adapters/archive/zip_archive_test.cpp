#include "adapters/archive/zip_archive.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "support/archives.hpp"

namespace mlrepro {
namespace {

class Zip : public ::testing::Test {
 protected:
  ZipArchive open(const std::string& bytes) {
    testing::write_bytes(file_, bytes);
    return ZipArchive(file_, "test.whl");
  }
  TemporaryDirectory temporary_{std::filesystem::temp_directory_path(), "zip"};
  std::filesystem::path file_ = temporary_.path() / "test.whl";
};

TEST_F(Zip, ReadsMembersWithTheirModes) {
  const auto zip = open(
      testing::make_zip({{"a/b.py", "print()\n"}, {"run", "#!python\n", 0100755}, {"folder/", "", 040755}}));
  ASSERT_EQ(zip.members().size(), 3U);
  EXPECT_EQ(zip.members()[0].name, "a/b.py");
  EXPECT_EQ(zip.read_text(zip.members()[0], 100), "print()\n");
  EXPECT_EQ(zip.members()[1].mode & 07777U, 0755U);
}

TEST_F(Zip, RefusesAMemberThatIsThereTwice) {
  EXPECT_THROW(open(testing::make_zip({{"a", "1"}, {"a", "2"}})), Error);
}

TEST_F(Zip, RefusesAWrongChecksum) {
  const auto zip = open(testing::make_zip({{"a", "content"}}, 1));
  EXPECT_THROW((void)zip.read_text(zip.members()[0], 100), Error);
}

TEST_F(Zip, RefusesWhatIsTooLargeToHold) {
  const auto zip = open(testing::make_zip({{"a", "content"}}));
  EXPECT_THROW((void)zip.read_text(zip.members()[0], 3), Error);
}

TEST_F(Zip, RefusesWhatIsCutOffOrNoZip) {
  const std::string bytes = testing::make_zip({{"a", "content"}});
  EXPECT_THROW(open(bytes.substr(0, bytes.size() - 8)), Error);
  EXPECT_THROW(open("no zip at all"), Error);
  EXPECT_THROW(open(""), Error);
}

}  // namespace
}  // namespace mlrepro
