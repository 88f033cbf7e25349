#include "services/run/replay_folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/file.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

class ReplayFolder : public ::testing::Test {
 protected:
  ReplayFolder()
      : folder_(fs::temp_directory_path(), "replay"),
        project(folder_.path() / "project"),
        root(folder_.path() / "root") {
    write("train.py", "code");
    write("output/weights.bin", "trained");
    write("output/notes.txt", "kept");
    write("output/deep/log.txt", "line");
    write(".git/HEAD", "ref");
    write(".mlrepro/records.db", "records");
    fs::create_directories(root);
  }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((project / name).parent_path());
    std::ofstream(project / name) << text;
  }

  std::vector<MountConfig> redirect(const std::vector<MountConfig>& mounts,
                                    const std::vector<std::string>& outputs) const {
    return redirect_mounts(mounts, project, root, outputs, cache);
  }

  TemporaryDirectory folder_;
  fs::path project;
  fs::path root;
  fs::path cache = "/nonexistent/cache";
};

TEST_F(ReplayFolder, WritableMountIsServedFromACopyWithoutTheOutputs) {
  const auto mounts = redirect({{(project / "output").string(), "/app/output", false}}, {"output/*.bin"});
  ASSERT_EQ(mounts.size(), 1U);
  EXPECT_EQ(mounts[0].source, (root / "output").string());
  EXPECT_EQ(mounts[0].destination, "/app/output");
  EXPECT_FALSE(fs::exists(root / "output/weights.bin"));
  EXPECT_EQ(read_file(root / "output/notes.txt"), "kept");
  EXPECT_EQ(read_file(root / "output/deep/log.txt"), "line");
  EXPECT_EQ(read_file(project / "output/weights.bin"), "trained");
}

TEST_F(ReplayFolder, ReadOnlyMountsAndThoseElsewhereStay) {
  const auto mounts = redirect({{project.string(), "/app", true}, {"/proc", "/data", false}}, {"output/**"});
  EXPECT_EQ(mounts[0].source, project.string());
  EXPECT_EQ(mounts[1].source, "/proc");
  EXPECT_TRUE(fs::is_empty(root));
}

TEST_F(ReplayFolder, WholeProjectIsCopiedWithoutRecordsAndHistory) {
  const auto mounts = redirect({{project.string(), "/app", false}}, {"output/**"});
  EXPECT_EQ(mounts[0].source, root.string());
  EXPECT_EQ(read_file(root / "train.py"), "code");
  EXPECT_TRUE(fs::is_directory(root / "output"));
  EXPECT_FALSE(fs::exists(root / "output/weights.bin"));
  EXPECT_FALSE(fs::exists(root / ".git"));
  EXPECT_FALSE(fs::exists(root / ".mlrepro"));
}

TEST_F(ReplayFolder, OverlappingMountsShareOneCopy) {
  const std::vector<MountConfig> asked{{project.string(), "/app", false},
                                       {(project / "output").string(), "/out", false}};
  EXPECT_EQ(redirect(asked, {"output/*.bin"})[1].source, (root / "output").string());
  EXPECT_EQ(read_file(root / "output/notes.txt"), "kept");
}

TEST_F(ReplayFolder, FileMountedAloneIsNotWrittenTo) {
  // It is there, since a mount needs a target, and empty, since the run is to write it.
  const auto mounts = redirect({{(project / "output/weights.bin").string(), "/weights.bin", false},
                                {(project / "output/notes.txt").string(), "/notes.txt", false}},
                               {"output/*.bin"});
  EXPECT_EQ(mounts[0].source, (root / "output/weights.bin").string());
  EXPECT_EQ(read_file(root / "output/weights.bin"), "");
  EXPECT_EQ(mounts[1].source, (root / "output/notes.txt").string());
  EXPECT_EQ(read_file(root / "output/notes.txt"), "kept");
}

TEST_F(ReplayFolder, ProjectInsideAWritableMountIsCoveredByItsCopy) {
  const auto mounts = redirect({{project.parent_path().string(), "/work", false}}, {"output/**"});
  ASSERT_EQ(mounts.size(), 2U);
  EXPECT_EQ(mounts[0].source, project.parent_path().string());
  EXPECT_EQ(mounts[1].source, root.string());
  EXPECT_EQ(mounts[1].destination, "/work/project");
  EXPECT_FALSE(mounts[1].read_only);
}

TEST_F(ReplayFolder, CacheInsideTheProjectIsNotCopiedIntoItself) {
  cache = project / "cache";
  root = cache / "run/replay";
  fs::create_directories(root);
  write("cache/store/blob", "big");
  redirect({{project.string(), "/app", false}}, {"output/**"});
  EXPECT_FALSE(fs::exists(root / "cache"));
  EXPECT_TRUE(fs::exists(root / "train.py"));
}

TEST_F(ReplayFolder, LinksStayLinksAndPipesAreLeftOut) {
  fs::create_symlink("/etc", project / "output/elsewhere");
  fs::create_symlink("nowhere", project / "output/dangling");
  ASSERT_EQ(::mkfifo((project / "output/pipe").c_str(), 0600), 0);
  redirect({{(project / "output").string(), "/app/output", false}}, {"output/*.bin"});
  EXPECT_EQ(fs::read_symlink(root / "output/elsewhere"), "/etc");
  EXPECT_EQ(fs::read_symlink(root / "output/dangling"), "nowhere");
  EXPECT_FALSE(fs::exists(root / "output/pipe"));
}

TEST_F(ReplayFolder, ModesAreKept) {
  fs::permissions(project / "output/deep", fs::perms(0700));
  fs::permissions(project / "output/notes.txt", fs::perms(0755));
  redirect({{(project / "output").string(), "/app/output", false}}, {});
  EXPECT_EQ(fs::status(root / "output/deep").permissions(), fs::perms(0700));
  EXPECT_EQ(fs::status(root / "output/notes.txt").permissions(), fs::perms(0755));
}

}  // namespace
}  // namespace mlrepro
