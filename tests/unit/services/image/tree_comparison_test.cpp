#include "services/image/tree_comparison.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hpp"
#include "support/archives.hpp"
#include "support/deflated.hpp"

namespace mlrepro {
namespace {
namespace fs = std::filesystem;
using testing::make_tar;
using testing::tar_item;
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
  EXPECT_EQ(
      differences(),
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

TEST_F(TreeComparison, NamesMembersOfZips) {
  const std::string same = "same";
  both("a.jar", testing::make_zip({{"a", same}, {"b/c.class", "x = 1"}, {"gone", ""}}),
       testing::make_zip({{"a", same}, {"b/c.class", "x = 2"}, {"came\x1b", ""}}));
  std::string later = testing::make_zip({{"a", same}});
  for (const auto at : {later.find("PK\x03\x04") + 12, later.find("PK\x01\x02") + 14})
    later[at] = 0x23;
  both("b.whl", testing::make_zip({{"a", same}}), later);
  EXPECT_EQ(
      differences(),
      "a.jar: size 287/289; member b/c.class: bytes from offset 4 on: \"x = 1\"/\"x = 2\"; member gone: only "
      "in the first build; member \"came\\x1b\": only in the second build\n"
      "b.whl: member a: time 1980-01-01T00:00:00/1980-01-03T00:00:00\n");
}

TEST_F(TreeComparison, NamesMembersOfTarsAndOfCompressedOnes) {
  const auto file = [](const char* name, const char* bytes) { return tar_item(name, TarType::file, bytes); };
  const std::string first =
      make_tar({file("x", "1"), file("y", "2"), file("z", "3"), file("w", "4"), file("v", "5")});
  const std::string other =
      make_tar({file("x", "a"), file("y", "b"), file("z", "c"), file("w", "d"), file("v", "e")});
  both("a.tar", make_tar({file("x", "1"), file("y", "2")}), make_tar({file("y", "2"), file("x", "1")}));
  both("b.tar.gz", testing::deflated(first, 31), testing::deflated(other, 31));
  const std::string text = differences();
  EXPECT_NE(text.find("a.tar: order of members\n"), std::string::npos) << text;
  EXPECT_NE(text.find("member x: bytes from offset 0 on: \"1\"/\"a\"; member y: "), std::string::npos)
      << text;
  EXPECT_NE(text.find("; 2 more members differ\n"), std::string::npos) << text;
}

TEST_F(TreeComparison, NamesWhatAStreamHoldsAndItsHeader) {
  const std::string packed = testing::deflated("one text", 31);
  std::string stamped = packed;
  stamped[4] = 60;
  both("a.gz", packed, stamped);
  both("b.gz", packed, testing::deflated("two text", 31));
  both("c.gz", packed, packed.substr(0, 12));
  const std::string text = differences();
  EXPECT_NE(text.find("a.gz: decompressed: time in its header 1970-01-01T00:00:00Z/1970-01-01T00:01:00Z\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("decompressed: bytes from offset 0 on: \"one text\"/\"two text\""), std::string::npos)
      << text;
  EXPECT_NE(text.find("c.gz: size 28/12; bytes from offset 12 on: "), std::string::npos) << text;
}

TEST_F(TreeComparison, NamesMembersOfStaticLibraries) {
  const auto library = [](const std::string& bytes, const std::string& date) {
    std::string text = "!<arch>\n" + testing::ar_member("//", "a_name_that_is_long.o/\n") +
                       testing::ar_member("/0", bytes) + testing::ar_member("twice.o/", "x") +
                       testing::ar_member("twice.o/", "y");
    return text.replace(8 + 60 + 24 + 16, 2, date);
  };
  both("a.a", library("1", "0 "), library("2", "0 "));
  both("b.a", library("1", "0 "), library("1", "77"));
  EXPECT_EQ(differences(),
            "a.a: member a_name_that_is_long.o: bytes from offset 0 on: \"1\"/\"2\"\n"
            "b.a: member a_name_that_is_long.o: time 0/77\n");
}

}  // namespace
}  // namespace mlrepro
