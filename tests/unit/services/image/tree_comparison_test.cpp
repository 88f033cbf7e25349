#include "services/image/tree_comparison.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hpp"
#include "support/archives.hpp"

namespace mlrepro {
namespace {
namespace fs = std::filesystem;
using testing::write_bytes;

class TreeComparison : public ::testing::Test {
 protected:
  // What differs, a line each. All times are made equal first, so that only what a test is about is left.
  std::string differences() {
    for (const auto& tree : {a_, b_}) {
      for (const auto& entry : fs::recursive_directory_iterator(tree)) {
        const timespec times[2] = {{0, UTIME_OMIT},
                                   {entry.path().filename() == "late" ? second_++ : 1000, 0}};
        ::utimensat(AT_FDCWD, entry.path().c_str(), times, AT_SYMLINK_NOFOLLOW);
      }
    }
    std::string text;
    for (const auto& difference : compare_trees(a_, b_))
      text += difference.path + ": " + difference.how + "\n";
    return text;
  }
  fs::path tree(const char* name) const {
    fs::create_directory(temporary_.path() / name);
    return temporary_.path() / name;
  }
  void both(const std::string& path, const std::string& left, const std::string& right) const {
    write_bytes(a_ / path, left);
    write_bytes(b_ / path, right);
  }
  TemporaryDirectory temporary_{fs::temp_directory_path(), "comparison"};
  fs::path a_ = tree("a");
  fs::path b_ = tree("b");
  time_t second_ = 0;
};

TEST_F(TreeComparison, EqualTreesHaveNoDifferences) {
  both("etc/hosts", "127.0.0.1\n", "127.0.0.1\n");
  fs::create_symlink("../hosts", a_ / "etc/link");
  fs::create_symlink("../hosts", b_ / "etc/link");
  EXPECT_EQ(differences(), "");
}

TEST_F(TreeComparison, ShowsTheFirstDifferingBytesWithWhatIsAround) {
  both("same-size", std::string(300'000, 'x') + "one two" + std::string(5, '\0'),
       std::string(300'000, 'x') + "one too" + std::string(5, '\0'));
  both("shorter", "abc\xff\"", "abc");
  EXPECT_EQ(differences(),
            "same-size: bytes from offset 300005 on: "
            "\"xxxxxxxxxxxone two\\x00\\x00\\x00\\x00\\x00\"/\"xxxxxxxxxxxone too\\x00\\x00\\x00\\x00\\x00\"\n"
            "shorter: size 5/3; bytes from offset 3 on: \"abc\\xff\\\"\"/\"abc\"\n");
}

TEST_F(TreeComparison, NamesTypeModeTimeTargetAndWhatIsMissing) {
  both("mode", "", "");
  ::chmod((a_ / "mode").c_str(), 04755);
  ::chmod((b_ / "mode").c_str(), 0755);
  both("late", "", "");
  write_bytes(a_ / "only/first/file", "x");
  write_bytes(b_ / "z", "x");
  write_bytes(a_ / "type", "x");
  fs::create_directory(b_ / "type");
  fs::create_symlink("one", a_ / "link");
  fs::create_symlink("other", b_ / "link");
  EXPECT_EQ(differences(),
            "late: time 1970-01-01T00:00:00Z/1970-01-01T00:00:01Z\n"
            "link: target \"one\"/\"other\"\n"
            "mode: mode 4755/0755\n"
            "only: only in the first build\n"
            "type: a file/a folder\n"
            "z: only in the second build\n");
}

TEST_F(TreeComparison, HardLinksAreToldFromCopies) {
  both("one", "x", "x");
  both("three", "x", "x");
  fs::create_hard_link(a_ / "one", a_ / "two");
  write_bytes(b_ / "two", "x");
  // A link to a name outside of the tree is none.
  fs::create_hard_link(a_ / "three", temporary_.path() / "outside");
  EXPECT_EQ(differences(), "two: hard link to one/none\n");
}

TEST_F(TreeComparison, LinksAreNotFollowed) {
  const fs::path outside = tree("outside");
  write_bytes(outside / "file", "secret");
  fs::create_directory_symlink(outside, a_ / "folder");
  fs::create_directory(b_ / "folder");
  EXPECT_EQ(differences(), "folder: a link/a folder\n");
}

}  // namespace
}  // namespace mlrepro
