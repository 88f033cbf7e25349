#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "support/archives.hpp"
#include "tree/disk_sink.hpp"
#include "tree/disk_source.hpp"
#include "tree/safe_folder.hpp"
#include "tree/tar_sink.hpp"

namespace mlrepro {
namespace {
namespace fs = std::filesystem;

class DiskTree : public ::testing::Test {
 protected:
  static TreeEntry entry(const std::string& path, EntryType type, const std::string& target = {},
                         std::uint64_t size = 0) {
    TreeEntry made;
    made.path = path;
    made.type = type;
    made.mode = type == EntryType::directory ? 0755 : 0644;
    made.target = target;
    made.size = size;
    made.mtime = 1000000000;
    return made;
  }
  static void put(DiskSink& sink, const std::string& path, const std::string& bytes) {
    sink.add(entry(path, EntryType::file, {}, bytes.size()), [&](const auto& piece) { piece(bytes); });
  }
  static std::string code_of(const std::function<void()>& work) {
    try {
      work();
    } catch (const Error& error) {
      return error.code();
    }
    return "nothing thrown";
  }
  std::string tar_of(const fs::path& folder) {
    std::string tar;
    TarSink sink([&](std::string_view piece) { tar.append(piece); });
    push_folder(folder, {}, sink);
    sink.finish();
    return tar;
  }

  TemporaryDirectory temporary_{fs::temp_directory_path(), "disk-tree"};
  fs::path root_ = [&] {
    fs::create_directory(temporary_.path() / "root");
    return temporary_.path() / "root";
  }();
};

TEST_F(DiskTree, WritesFilesLinksAndFolders) {
  DiskSink sink(root_, false);
  sink.add(entry("a", EntryType::directory), {});
  put(sink, "a/file", "hello");
  sink.add(entry("a/link", EntryType::symlink, "/etc/passwd"), {});
  sink.add(entry("b/hard", EntryType::hardlink, "a/file"), {});
  EXPECT_EQ(testing::read_bytes(root_ / "b/hard"), "hello");
  EXPECT_EQ(fs::read_symlink(root_ / "a/link"), "/etc/passwd");
  EXPECT_EQ(fs::hard_link_count(root_ / "a/file"), 2U);
  struct stat info {};
  ASSERT_EQ(::stat((root_ / "a/file").c_str(), &info), 0);
  EXPECT_EQ(info.st_mtim.tv_sec, 1000000000);
}

TEST_F(DiskTree, RefusesPathsThatLeaveTheFolder) {
  DiskSink sink(root_, false);
  for (const std::string path : {"../evil", "a/../../evil", "/evil", "a//evil", "./evil", "a/.", ""}) {
    EXPECT_EQ(code_of([&] { put(sink, path, "x"); }), "bad-path") << path;
  }
  EXPECT_FALSE(fs::exists(temporary_.path() / "evil"));
}

TEST_F(DiskTree, NeverFollowsALinkAmongTheParents) {
  fs::create_directory(temporary_.path() / "outside");
  testing::write_bytes(temporary_.path() / "outside/secret", "s");
  DiskSink sink(root_, false);
  sink.add(entry("out", EntryType::symlink, "../outside"), {});
  sink.add(entry("abs", EntryType::symlink, (temporary_.path() / "outside").string()), {});
  sink.add(entry("root", EntryType::symlink, "/./../.."), {});
  EXPECT_EQ(code_of([&] { put(sink, "out/evil", "x"); }), "bad-path");
  EXPECT_EQ(code_of([&] { put(sink, "abs/evil", "x"); }), "bad-path");
  EXPECT_EQ(code_of([&] { put(sink, "root/evil", "x"); }), "bad-path");
  EXPECT_EQ(code_of([&] { sink.add(entry("out/folder", EntryType::directory), {}); }), "bad-path");
  EXPECT_EQ(code_of([&] { sink.add(entry("stolen", EntryType::hardlink, "out/secret"), {}); }), "bad-path");
  EXPECT_EQ(std::distance(fs::directory_iterator(temporary_.path() / "outside"), {}), 1);
}

TEST_F(DiskTree, NeverWritesThroughALinkOrOverAFile) {
  testing::write_bytes(temporary_.path() / "victim", "old");
  DiskSink sink(root_, false);
  sink.add(entry("link", EntryType::symlink, "../victim"), {});
  EXPECT_EQ(code_of([&] { put(sink, "link", "new"); }), "path-exists");
  put(sink, "file", "one");
  EXPECT_EQ(code_of([&] { put(sink, "file", "two"); }), "path-exists");
  EXPECT_EQ(code_of([&] { put(sink, "file/below", "two"); }), "bad-path");
  EXPECT_EQ(code_of([&] { sink.add(entry("link", EntryType::directory), {}); }), "path-exists");
  EXPECT_EQ(testing::read_bytes(temporary_.path() / "victim"), "old");
}

TEST_F(DiskTree, RefusesDevicesAndPipes) {
  DiskSink sink(root_, false);
  for (const auto type : {EntryType::character_device, EntryType::block_device, EntryType::fifo}) {
    EXPECT_EQ(code_of([&] { sink.add(entry("node", type), {}); }), "device-refused");
  }
}

TEST_F(DiskTree, RefusesContentOfAnotherLength) {
  DiskSink sink(root_, false);
  EXPECT_EQ(
      code_of([&] { sink.add(entry("a", EntryType::file, {}, 5), [](const auto& piece) { piece("abc"); }); }),
      "bad-size");
}

TEST_F(DiskTree, ReadsTheSameTarWhateverTheOrderOfWriting) {
  const auto fill = [&](const std::string& name, bool backwards) {
    const fs::path folder = temporary_.path() / name;
    fs::create_directory(folder);
    std::vector<std::string> names{"a", "a-b", "a.d/x", "b/c/d", "z"};
    if (backwards) std::reverse(names.begin(), names.end());
    DiskSink sink(folder, false);
    for (const auto& path : names)
      put(sink, path, path);
    for (const auto* made : {"a.d", "b/c", "b"}) {
      TreeEntry directory = entry(made, EntryType::directory);
      directory.uid = ::geteuid();
      sink.set_metadata(directory);
    }
    return folder;
  };
  EXPECT_EQ(tar_of(fill("one", false)), tar_of(fill("two", true)));
}

TEST_F(DiskTree, PushesTheFirstOfHardLinksAsTheFile) {
  DiskSink sink(root_, false);
  put(sink, "z", "same");
  sink.add(entry("b", EntryType::hardlink, "z"), {});
  struct Collect final : TreeSink {
    std::vector<TreeEntry> entries;
    void add(const TreeEntry& entry, const Content&) override { entries.push_back(entry); }
    void finish() override {}
  } collect;
  push_folder(root_, {}, collect);
  ASSERT_EQ(collect.entries.size(), 2U);
  EXPECT_EQ(collect.entries[0].path, "b");
  EXPECT_EQ(collect.entries[0].type, EntryType::file);
  EXPECT_EQ(collect.entries[1].type, EntryType::hardlink);
  EXPECT_EQ(collect.entries[1].target, "b");
}

TEST_F(DiskTree, RemovesWithoutFollowingLinks) {
  testing::write_bytes(temporary_.path() / "outside/keep", "k");
  testing::write_bytes(root_ / "gone/deep/file", "x");
  fs::create_directory_symlink(temporary_.path() / "outside", root_ / "gone/link");
  fs::create_directory_symlink(temporary_.path() / "outside", root_ / "log");
  SafeFolder folder(root_);
  EXPECT_TRUE(folder.remove("gone"));
  EXPECT_FALSE(folder.remove("gone"));
  EXPECT_FALSE(folder.status("log/keep").has_value());
  EXPECT_FALSE(folder.remove("log/keep"));
  folder.clear("log");
  EXPECT_TRUE(fs::exists(temporary_.path() / "outside/keep"));
  EXPECT_FALSE(folder.read("log", 10).has_value());
}

}  // namespace
}  // namespace mlrepro
