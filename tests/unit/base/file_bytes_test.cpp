#include "base/file_bytes.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <limits>

#include "base/error.hpp"
#include "base/file.hpp"

namespace mlrepro {
namespace {

namespace fs = std::filesystem;

TEST(FileBytes, AnywhereAndFewerAtTheEndAlone) {
  const TemporaryDirectory folder(fs::temp_directory_path());
  const fs::path file = folder.path() / "file";
  write_file_atomically(file, "0123456789");
  const UniqueFd fd = open_file(file, O_RDONLY);
  const ReadBytes read = bytes_of_file(fd.get(), file.string());
  EXPECT_EQ(read(3, 4), "3456");
  EXPECT_EQ(read(0, 4), "0123");
  EXPECT_EQ(read(8, 4), "89");
  EXPECT_EQ(read(10, 4), "");
  EXPECT_EQ(read(std::numeric_limits<std::int64_t>::max(), 4), "");
  EXPECT_EQ(read(std::numeric_limits<std::uint64_t>::max(), 4), "");
}

TEST(FileBytes, FolderHasNone) {
  const TemporaryDirectory folder(fs::temp_directory_path());
  const UniqueFd fd = open_file(folder.path(), O_RDONLY);
  EXPECT_THROW((void)bytes_of_file(fd.get(), "it")(0, 4), Error);
}

}  // namespace
}  // namespace mlrepro
