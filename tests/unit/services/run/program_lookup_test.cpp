#include "services/run/program_lookup.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.hpp"
#include "base/file.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr const char* usual_path = "/opt/env/bin:/usr/bin:/bin";

class ProgramLookup : public ::testing::Test {
 protected:
  ProgramLookup()
      : folder_(fs::temp_directory_path(), "lookup"),
        root(folder_.path() / "root"),
        host(folder_.path() / "host") {
    program(root / "usr/bin/sh");
    fs::create_symlink("usr/bin", root / "bin");
    plain(root / "etc/passwd");
    fs::create_directories(host);
  }

  static void plain(const fs::path& path) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "#!/bin/sh\n";
    fs::permissions(path, fs::perms(0644));
  }
  static void program(const fs::path& path) {
    plain(path);
    fs::permissions(path, fs::perms(0755));
  }

  // "found", or the error's code.
  std::string look(const std::string& command, const std::string& path = usual_path,
                   const std::string& workdir = "/") {
    try {
      check_program(root, mounts, command, path, workdir);
      return "found";
    } catch (const Error& error) {
      return error.code();
    }
  }

  TemporaryDirectory folder_;
  fs::path root;
  fs::path host;
  std::vector<MountConfig> mounts;
};

TEST_F(ProgramLookup, SearchesPathInOrderAndSaysWhatIsMissing) {
  EXPECT_EQ(look("sh"), "found");
  EXPECT_EQ(look("sh", "/opt/env/bin"), "command-not-found");
  EXPECT_EQ(look("zsh"), "command-not-found");
  EXPECT_EQ(look(""), "command-not-found");
}

TEST_F(ProgramLookup, NameWithSlashIsNotSearched) {
  EXPECT_EQ(look("/bin/sh", ""), "found");
  EXPECT_EQ(look("bin/sh", usual_path, "/usr"), "found");
  EXPECT_EQ(look("./sh", usual_path, "/usr/bin"), "found");
  EXPECT_EQ(look("./sh"), "command-not-found");
}

TEST_F(ProgramLookup, PlainFileAndFolderCannotBeExecuted) {
  EXPECT_EQ(look("/etc/passwd"), "command-not-executable");
  EXPECT_EQ(look("/usr"), "command-not-executable");
  // A later folder of PATH may have one that can.
  plain(root / "opt/env/bin/sh");
  EXPECT_EQ(look("sh"), "found");
}

TEST_F(ProgramLookup, LinksMeanTheContainersFiles) {
  fs::create_directories(root / "opt/env/bin");
  fs::create_symlink("/usr/bin/sh", root / "opt/env/bin/python3");
  EXPECT_EQ(look("python3"), "found");
  program(host / "secret");
  fs::create_symlink(host / "secret", root / "opt/env/bin/outside");
  EXPECT_EQ(look("outside"), "command-not-found");
  fs::create_symlink("../../../../../../../.." + (host / "secret").string(), root / "opt/env/bin/upwards");
  EXPECT_EQ(look("upwards"), "command-not-found");
  fs::create_symlink("loop", root / "opt/env/bin/loop");
  EXPECT_NE(look("loop"), "found");
}

TEST_F(ProgramLookup, LooksThroughMounts) {
  program(host / "scripts/train");
  mounts = {{(host / "scripts").string(), "/app", true}};
  EXPECT_EQ(look("/app/train"), "found");
  EXPECT_EQ(look("./train", usual_path, "/app"), "found");
  EXPECT_EQ(look("train", "/app:/usr/bin"), "found");
  EXPECT_EQ(look("/app/other"), "command-not-found");
}

TEST_F(ProgramLookup, MountHidesWhatIsBelowIt) {
  mounts = {{host.string(), "/usr/bin", true}};
  EXPECT_EQ(look("sh"), "command-not-found");
}

TEST_F(ProgramLookup, OneFileMountedOverAPathWithALinkInIt) {
  program(host / "tool");
  mounts = {{(host / "tool").string(), "/bin/tool", true}};
  EXPECT_EQ(look("/bin/tool"), "found");
  EXPECT_EQ(look("tool"), "found");
}

TEST_F(ProgramLookup, LinkInAMountLeadsIntoTheImage) {
  // A virtual environment of the user's: bin/python -> /usr/bin/sh.
  fs::create_directories(host / "venv/bin");
  fs::create_symlink("/usr/bin/sh", host / "venv/bin/python");
  fs::create_symlink("../../usr/bin/sh", host / "venv/bin/relative");
  mounts = {{(host / "venv").string(), "/venv", true}};
  EXPECT_EQ(look("/venv/bin/python"), "found");
  EXPECT_EQ(look("/venv/bin/relative"), "found");
}

TEST_F(ProgramLookup, LinkInTheImageLeadsIntoAMount) {
  program(host / "train");
  fs::create_symlink("/mnt/data", root / "data");
  mounts = {{host.string(), "/mnt/data", true}};
  EXPECT_EQ(look("/data/train"), "found");
}

TEST_F(ProgramLookup, InnerMountWins) {
  program(host / "inner/tool");
  fs::create_directories(host / "outer/tools");
  mounts = {{(host / "inner").string(), "/app/tools", true}, {(host / "outer").string(), "/app", true}};
  EXPECT_EQ(look("/app/tools/tool"), "found");
}

}  // namespace
}  // namespace mlrepro
