#include "store/kept_forms.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.hpp"

namespace mlrepro {
namespace {
namespace fs = std::filesystem;

class KeptFormsTest : public ::testing::Test {
 protected:
  void keep(const Sha256& key, std::string_view bytes) {
    auto blob = forms_.writer();
    blob.write(bytes);
    forms_.keep("data", key, blob);
  }

  TemporaryDirectory temporary_{fs::temp_directory_path(), "kept"};
  BlobStore store_{temporary_.path() / "store"};
  KeptForms forms_{temporary_.path() / "kept", store_};
  Sha256 key_ = sha256("a package");
};

TEST_F(KeptFormsTest, WhatIsKeptIsFoundByItsKindAndKey) {
  EXPECT_FALSE(forms_.find("data", key_));
  keep(key_, "its files");
  const auto found = forms_.find("data", key_);
  ASSERT_TRUE(found);
  EXPECT_EQ(read_file(*found), "its files");
  EXPECT_FALSE(forms_.find("bytecode", key_));
  EXPECT_FALSE(forms_.find("data", sha256("another")));
}

TEST_F(KeptFormsTest, TheLastOneCounts) {
  keep(key_, "its files");
  keep(key_, "other files");
  EXPECT_EQ(read_file(*forms_.find("data", key_)), "other files");
}

TEST_F(KeptFormsTest, DamageIsSeen) {
  keep(key_, "its files");
  const fs::path blob = *forms_.find("data", key_);
  fs::permissions(blob, fs::perms::owner_all);
  write_file_atomically(blob, "its fi1es");
  EXPECT_FALSE(forms_.find("data", key_));
}

TEST_F(KeptFormsTest, HalfANoteNamesNothing) {
  keep(key_, "its files");
  const fs::path note = temporary_.path() / "kept" / ("data-" + key_.hex());
  const std::string whole = read_file(note);
  for (const std::size_t size : {std::size_t{0}, std::size_t{10}, whole.size() - 2}) {
    write_file_atomically(note, whole.substr(0, size));
    EXPECT_FALSE(forms_.find("data", key_)) << size;
  }
}

}  // namespace
}  // namespace mlrepro
