#include "services/image/base_changes.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "adapters/archive/tar_reader.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t epoch = 1'700'000'000;

class BaseChanges : public ::testing::Test {
 protected:
  BaseChanges() {
    put("etc/kept", "kept");
    put("etc/changed", "old");
    put("usr/gone/a", "a");
    put("usr/gone/b", "b");
    put("usr/share/one", "1");
    for (const auto* path :
         {"etc", "usr", "usr/gone", "usr/share", "etc/kept", "etc/changed", "usr/share/one"})
      set_time(path, 1000);
    before_ = record_tree(tree_, {});
  }

  void put(const std::string& path, const std::string& text) const {
    fs::create_directories((tree_ / path).parent_path());
    write_file_atomically(tree_ / path, text);
  }
  void set_time(const std::string& path, time_t seconds) const {
    const std::array<timespec, 2> times{timespec{seconds, 0}, timespec{seconds, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, (tree_ / path).c_str(), times.data(), AT_SYMLINK_NOFOLLOW), 0);
  }
  [[nodiscard]] std::int64_t time_of(const std::string& path) const {
    struct stat info {};
    return ::lstat((tree_ / path).c_str(), &info) == 0 ? info.st_mtim.tv_sec : -1;
  }
  ChangeLayer settle() { return settle_changes(tree_, before_, {}, epoch); }

  // Names in the layer's tar.
  std::vector<std::string> names_of(const ChangeLayer& layer) {
    std::string tar;
    write_change_layer(tree_, layer, [&](std::string_view piece) { tar.append(piece); });
    std::vector<std::string> names;
    std::size_t at = 0;
    read_tar(
        [&](std::span<char> into) {
          const std::size_t size = std::min(into.size(), tar.size() - at);
          std::copy_n(tar.data() + at, size, into.data());
          at += size;
          return size;
        },
        "layer", [&](const TreeEntry& entry, const Content&) { names.push_back(entry.path); },
        TarCompression::none);
    return names;
  }

  TemporaryDirectory temporary_{fs::temp_directory_path(), "changes"};
  fs::path tree_ = temporary_.path() / "tree";
  TreeRecords before_;
};

TEST_F(BaseChanges, NothingChangedIsNothing) {
  EXPECT_TRUE(settle().empty());
  set_time("etc/kept", 77);
  put("etc/changed", "old");
  EXPECT_TRUE(settle().empty());
  EXPECT_EQ(time_of("etc/kept"), 1000);
  EXPECT_EQ(time_of("etc/changed"), 1000);
  EXPECT_EQ(time_of("etc"), 1000);
}

TEST_F(BaseChanges, WhatIsNewOrOtherComesWithItsFolders) {
  put("etc/changed", "new");
  put("usr/share/doc/new", "n");
  const auto layer = settle();
  EXPECT_EQ(names_of(layer), (std::vector<std::string>{"etc", "etc/changed", "usr", "usr/share",
                                                       "usr/share/doc", "usr/share/doc/new"}));
  EXPECT_EQ(time_of("etc"), 1000);  // the same names are in it
  EXPECT_EQ(time_of("etc/changed"), epoch);
  EXPECT_EQ(time_of("usr/share"), epoch);
  EXPECT_EQ(time_of("usr/share/one"), 1000);
}

TEST_F(BaseChanges, ChangedModeIsAChange) {
  ASSERT_EQ(::chmod((tree_ / "etc/kept").c_str(), 0600), 0);
  EXPECT_EQ(names_of(settle()), (std::vector<std::string>{"etc", "etc/kept"}));
}

TEST_F(BaseChanges, WhatWentIsAWhiteoutOfItsUppermostFolder) {
  fs::remove_all(tree_ / "usr/gone");
  fs::remove(tree_ / "etc/kept");
  EXPECT_EQ(names_of(settle()), (std::vector<std::string>{"etc", "etc/.wh.kept", "usr", "usr/.wh.gone"}));
}

TEST_F(BaseChanges, FolderThatBecameALinkHasNoWhiteouts) {
  fs::remove_all(tree_ / "usr/gone");
  fs::create_symlink("share", tree_ / "usr/gone");
  EXPECT_EQ(names_of(settle()), (std::vector<std::string>{"usr", "usr/gone"}));
}

TEST_F(BaseChanges, RefusesAFileThatReadsAsAWhiteout) {
  put("etc/.wh.kept", "x");
  EXPECT_THROW((void)settle(), Error);
}

TEST_F(BaseChanges, ReadsOnlyWhatWasTouched) {
  // Bytes that changed behind the kernel's back are not seen: the time of change says that nothing did.
  auto altered = before_;
  altered.at("etc/kept").content = sha256("something else");
  const auto after = record_tree(tree_, {}, altered);
  EXPECT_EQ(after.at("etc/kept").content, sha256("something else"));
  put("etc/kept", "kept");
  EXPECT_EQ(record_tree(tree_, {}, altered).at("etc/kept").content, sha256("kept"));
}

}  // namespace
}  // namespace mlrepro
