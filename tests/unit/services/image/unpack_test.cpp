#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "services/image/deb_unpacker.hpp"
#include "services/image/dpkg_database.hpp"
#include "services/image/path_contests.hpp"
#include "support/archives.hpp"

namespace mlrepro {
namespace {
namespace fs = std::filesystem;
using testing::DebParts;
using testing::tar_item;

class Unpack : public ::testing::Test {
 protected:
  void add(const DebParts& parts) {
    const fs::path file = temporary_.path() / (parts.name + ".deb");
    testing::write_bytes(file, testing::make_deb(parts));
    debs_.push_back(file);
    OsPackage package;
    package.name = parts.name;
    package.version = parts.version;
    package.architecture = "amd64";
    package.size = fs::file_size(file);
    section_.packages.push_back(package);
  }
  void unpack() {
    NoProgress progress;
    packages_ = unpack_debs(section_, debs_, tree_, aside_, ledger_, progress);
  }
  // The code and message of the error that unpacking ends with.
  std::string trouble() {
    try {
      unpack();
      contests_ = settle_by_replaces(packages_, ledger_, tree_, aside_);
      settle_by_diversions(contests_, packages_, ledger_, tree_, aside_);
      refuse_open_contests(contests_, packages_);
    } catch (const Error& error) {
      return error.code() + ": " + error.message();
    }
    return "nothing thrown";
  }
  static DebParts with(const std::vector<testing::TarItem>& data) {
    DebParts parts;
    parts.data = data;
    return parts;
  }

  TemporaryDirectory temporary_{fs::temp_directory_path(), "unpack"};
  fs::path tree_ = made("tree");
  fs::path aside_ = made("aside");
  OsSection section_;
  std::vector<fs::path> debs_;
  PathLedger ledger_;
  std::vector<UnpackedPackage> packages_;
  std::vector<OpenContest> contests_;

 private:
  fs::path made(const char* name) {
    fs::create_directory(temporary_.path() / name);
    return temporary_.path() / name;
  }
};

TEST_F(Unpack, MapsTheOldTopFoldersIntoUsr) {
  add(with({tar_item("./", TarType::directory), tar_item("./bin", TarType::directory),
            tar_item("./bin/cat", TarType::file, "cat", 0755),
            tar_item("./lib64/ld.so", TarType::symlink, "/lib/x/ld.so"),
            tar_item("./bin/dog", TarType::hardlink, "./bin/cat")}));
  unpack();
  EXPECT_EQ(testing::read_bytes(tree_ / "usr/bin/cat"), "cat");
  EXPECT_EQ(fs::read_symlink(tree_ / "bin"), "usr/bin");
  EXPECT_EQ(fs::read_symlink(tree_ / "lib64"), "usr/lib64");
  EXPECT_EQ(fs::hard_link_count(tree_ / "usr/bin/dog"), 2U);
  EXPECT_EQ(packages_[0].files,
            (std::vector<std::string>{"/.", "/bin", "/bin/cat", "/lib64/ld.so", "/bin/dog"}));
}

TEST_F(Unpack, RefusesHostilePaths) {
  const std::vector<std::vector<testing::TarItem>> hostile{
      {tar_item("../evil", TarType::file, "x")},
      {tar_item("/evil", TarType::file, "x")},
      {tar_item("usr/../../evil", TarType::file, "x")},
      {tar_item("out", TarType::symlink, "../.."), tar_item("out/evil", TarType::file, "x")},
      {tar_item("out", TarType::symlink, "/"), tar_item("out/tmp/evil", TarType::file, "x")},
      {tar_item("out", TarType::symlink, "/./../.."), tar_item("out", TarType::directory),
       tar_item("out/evil", TarType::file, "x")},
      {tar_item("file", TarType::file, "x"), tar_item("file/evil", TarType::file, "x")},
      {tar_item("hard", TarType::hardlink, "../../etc/passwd")},
      {tar_item("hard", TarType::hardlink, "etc/passwd")},
      {tar_item("twice", TarType::file, "x"), tar_item("twice", TarType::file, "y")},
      {tar_item("link", TarType::symlink, "target"), tar_item("link", TarType::file, "y")},
      {tar_item("bin", TarType::symlink, "../../../etc")},
      {tar_item("dev/sda", TarType::block_device)},
      {tar_item("dev/mem", TarType::character_device)},
      {tar_item("pipe", TarType::fifo)},
      {tar_item("usr/a\n/etc/shadow", TarType::file, "x")},
  };
  for (std::size_t i = 0; i < hostile.size(); ++i) {
    section_.packages.clear();
    debs_.clear();
    PathLedger ledger;
    const fs::path tree = temporary_.path() / ("tree" + std::to_string(i));
    fs::create_directory(tree);
    add(with(hostile[i]));
    NoProgress progress;
    try {
      (void)unpack_debs(section_, debs_, tree, aside_, ledger, progress);
      ADD_FAILURE() << "case " << i << " was unpacked";
    } catch (const Error& error) {
      EXPECT_TRUE(error.code() == "bad-deb" || error.code() == "file-conflict") << i << error.code();
      EXPECT_NE(error.message().find("demo 1.0"), std::string::npos);
    }
    EXPECT_FALSE(fs::exists(temporary_.path() / "evil")) << i;
    EXPECT_FALSE(fs::exists(temporary_.path().parent_path() / "evil")) << i;
  }
  EXPECT_FALSE(fs::exists("/evil"));
  EXPECT_FALSE(fs::exists("/tmp/evil"));
}

TEST_F(Unpack, RefusesAPackageThatIsAnother) {
  add(with({}));
  section_.packages[0].version = "2.0";
  EXPECT_NE(trouble().find("it says that it is demo 1.0"), std::string::npos);
}

TEST_F(Unpack, RefusesATruncatedPackage) {
  add(with({tar_item("a", TarType::file, std::string(20000, 'x'))}));
  const std::string bytes = testing::read_bytes(debs_[0]);
  for (const std::size_t size : {std::size_t{0}, std::size_t{7}, std::size_t{100}, bytes.size() - 20000}) {
    testing::write_bytes(debs_[0], bytes.substr(0, size));
    EXPECT_TRUE(trouble().starts_with("bad-deb")) << size;
  }
}

TEST_F(Unpack, RefusesAFileOfTwoPackages) {
  for (const auto* name : {"one", "two"}) {
    DebParts parts = with({tar_item("usr/bin/x", TarType::file, name)});
    parts.name = name;
    add(parts);
  }
  const std::string message = trouble();
  EXPECT_TRUE(message.starts_with("file-conflict")) << message;
  EXPECT_NE(message.find("one and two"), std::string::npos) << message;
}

TEST_F(Unpack, RefusesAFolderThatIsAFileElsewhere) {
  DebParts parts = with({tar_item("usr/x", TarType::directory)});
  add(parts);
  parts.name = "other";
  parts.data = {tar_item("usr/x", TarType::symlink, "y")};
  add(parts);
  EXPECT_TRUE(trouble().starts_with("file-conflict"));
}

TEST_F(Unpack, LetsReplacesDecideWhateverComesFirst) {
  for (const bool later : {false, true}) {
    SCOPED_TRACE(later);
    section_.packages.clear();
    debs_.clear();
    DebParts loser = with({tar_item("usr/bin/x", TarType::file, "loser")});
    loser.name = "bbb";
    DebParts winner = with({tar_item("usr/bin/x", TarType::file, "winner")});
    winner.name = later ? "ccc" : "aaa";
    winner.fields = "Replaces: bbb (<< 2)\n";
    for (const auto& parts : later ? std::vector{loser, winner} : std::vector{winner, loser})
      add(parts);
    PathLedger ledger;
    const fs::path tree = temporary_.path() / (later ? "later" : "earlier");
    fs::create_directory(tree);
    for (const auto& entry : fs::directory_iterator(aside_))
      fs::remove(entry);
    NoProgress progress;
    auto packages = unpack_debs(section_, debs_, tree, aside_, ledger, progress);
    EXPECT_TRUE(settle_by_replaces(packages, ledger, tree, aside_).empty());
    EXPECT_EQ(testing::read_bytes(tree / "usr/bin/x"), "winner");
    EXPECT_EQ(packages[later ? 0 : 1].files, std::vector<std::string>{"/."});
  }
}

TEST_F(Unpack, AReplacesThatMeansAnotherVersionDecidesNothing) {
  DebParts parts = with({tar_item("usr/bin/x", TarType::file, "1")});
  parts.name = "aaa";
  parts.fields = "Replaces: bbb (<< 1.0)\n";
  add(parts);
  parts = with({tar_item("usr/bin/x", TarType::file, "2")});
  parts.name = "bbb";
  add(parts);
  EXPECT_TRUE(trouble().starts_with("file-conflict"));
}

TEST_F(Unpack, GivesDivertedFilesTheirPlace) {
  for (const auto* name : {"aaa", "bbb"}) {
    DebParts parts = with({tar_item("bin/x", TarType::file, name)});
    parts.name = name;
    add(parts);
  }
  unpack();
  contests_ = settle_by_replaces(packages_, ledger_, tree_, aside_);
  ASSERT_EQ(contests_.size(), 1U);
  EXPECT_FALSE(fs::exists(tree_ / "usr/bin/x"));
  testing::write_bytes(tree_ / "var/lib/dpkg/diversions", "/bin/x\n/bin/x.aaa\nbbb\n");
  settle_by_diversions(contests_, packages_, ledger_, tree_, aside_);
  EXPECT_EQ(testing::read_bytes(tree_ / "usr/bin/x"), "bbb");
  EXPECT_EQ(testing::read_bytes(tree_ / "usr/bin/x.aaa"), "aaa");
}

TEST_F(Unpack, MovesBackWhatAPackageDivertedFromUnderItself) {
  add(with({tar_item("bin/x", TarType::file, "own")}));
  unpack();
  // dpkg-divert --rename in its preinst moved the file that was unpacked already.
  fs::rename(tree_ / "usr/bin/x", tree_ / "usr/bin/x.distrib");
  testing::write_bytes(tree_ / "var/lib/dpkg/diversions", "/bin/x\n/bin/x.distrib\ndemo\n");
  settle_by_diversions(contests_, packages_, ledger_, tree_, aside_);
  EXPECT_EQ(testing::read_bytes(tree_ / "usr/bin/x"), "own");
}

TEST_F(Unpack, WritesTheDatabaseThatDpkgWouldHaveLeft) {
  DebParts parts =
      with({tar_item("./etc", TarType::directory), tar_item("./etc/demo.conf", TarType::file, "a=1\n"),
            tar_item("./usr/share/x", TarType::file, "x")});
  parts.fields = "Multi-Arch: same\nDepends: libc6\n";
  parts.control = {tar_item("./conffiles", TarType::file, "/etc/demo.conf\n"),
                   tar_item("./postinst", TarType::file, "#!/bin/sh\n", 0644),
                   tar_item("./triggers", TarType::file,
                            "# comment\ninterest-noawait /usr/share/y\ninterest ldconfig\nactivate other\n")};
  add(parts);
  unpack();
  write_dpkg_database(packages_, "amd64", tree_);
  const fs::path admin = tree_ / "var/lib/dpkg";
  EXPECT_EQ(testing::read_bytes(tree_ / "etc/demo.conf.dpkg-new"), "a=1\n");
  EXPECT_FALSE(fs::exists(tree_ / "etc/demo.conf"));
  const std::string status = testing::read_bytes(admin / "status");
  EXPECT_NE(status.find("Package: demo\nStatus: install ok unpacked\n"), std::string::npos) << status;
  EXPECT_NE(status.find("\nConffiles:\n /etc/demo.conf newconffile\n\n"), std::string::npos) << status;
  EXPECT_EQ(testing::read_bytes(admin / "info/demo:amd64.list"), "/.\n/etc\n/etc/demo.conf\n/usr/share/x\n");
  // The package brings no md5sums, so they are made; conffiles are not among them.
  EXPECT_EQ(testing::read_bytes(admin / "info/demo:amd64.md5sums"),
            "9dd4e461268c8034f5c8564e155c67a6  usr/share/x\n");
  EXPECT_EQ(testing::read_bytes(admin / "triggers/File"), "/usr/share/y demo:amd64/noawait\n");
  EXPECT_EQ(testing::read_bytes(admin / "triggers/ldconfig"), "demo:amd64\n");
  EXPECT_EQ(fs::status(admin / "info/demo:amd64.postinst").permissions(), static_cast<fs::perms>(0755));
}

TEST_F(Unpack, RefusesControlFilesThatWouldLeaveTheDatabase) {
  DebParts parts;
  parts.control = {tar_item("../../../etc/cron.d/x", TarType::file, "x")};
  add(parts);
  EXPECT_TRUE(trouble().starts_with("bad-deb"));
}

}  // namespace
}  // namespace mlrepro
