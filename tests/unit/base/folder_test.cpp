#include "base/folder.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.hpp"
#include "base/file.hpp"

namespace mlrepro {
namespace {

TEST(Folder, NamesAreSortedAndReadAgain) {
  const TemporaryDirectory folder(std::filesystem::temp_directory_path(), "folder");
  for (const char* name : {"b", "a", ".hidden", "B", "..two"})
    write_file_atomically(folder.path() / name, "");
  const UniqueFd fd = open_file(folder.path(), O_RDONLY | O_DIRECTORY);
  const std::vector<std::string> expected{"..two", ".hidden", "B", "a", "b"};
  EXPECT_EQ(names_in(fd.get(), "x"), expected);
  EXPECT_EQ(names_in(fd.get(), "x"), expected);
}

TEST(Folder, NamesByPath) {
  const TemporaryDirectory folder(std::filesystem::temp_directory_path(), "folder");
  write_file_atomically(folder.path() / "file", "");
  EXPECT_EQ(names_in(folder.path()), std::vector<std::string>{"file"});
  EXPECT_TRUE(names_in(folder.path() / "file").empty());
  EXPECT_TRUE(names_in(folder.path() / "missing").empty());
}

TEST(Folder, WhatIsNone) {
  const TemporaryDirectory folder(std::filesystem::temp_directory_path(), "folder");
  write_file_atomically(folder.path() / "file", "");
  const UniqueFd fd = open_file(folder.path() / "file", O_RDONLY);
  EXPECT_THROW((void)names_in(fd.get(), "file"), Error);
}

}  // namespace
}  // namespace mlrepro
