#include "services/provenance/data_state.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.hpp"
#include "base/file.hpp"

namespace mlrepro {
namespace {

TEST(Glob, StarStaysWithinANameAndTwoStarsCrossFolders) {
  EXPECT_TRUE(matches_glob("output/**", "output/a/b.npz"));
  EXPECT_TRUE(matches_glob("**/*.npz", "a/b/c.npz"));
  EXPECT_TRUE(matches_glob("**/*.npz", "c.npz"));
  EXPECT_FALSE(matches_glob("output/*", "output/a/b.npz"));
  EXPECT_TRUE(matches_glob("./out[0-9]/?.txt", "out3/x.txt"));
  EXPECT_FALSE(matches_glob("out[!0-9]/?.txt", "out3/x.txt"));
  EXPECT_FALSE(matches_glob("*a*a*a*a*b", std::string(200, 'a')));
}

TEST(DataState, OneByteOrOneNameMovesTheRootAndLinksAreNotFollowed) {
  const TemporaryDirectory folder(std::filesystem::temp_directory_path());
  write_file_atomically(folder.path() / "data/a/one", "1");
  write_file_atomically(folder.path() / "data/two", "22");
  std::filesystem::create_symlink("/etc/hostname", folder.path() / "data/link");
  const auto first = data_state(folder.path(), "data");
  EXPECT_EQ(first.size, 3U);
  EXPECT_EQ(data_state(folder.path(), "data").sha256, first.sha256);
  write_file_atomically(folder.path() / "data/a/one", "2");
  EXPECT_NE(data_state(folder.path(), "data").sha256, first.sha256);
  EXPECT_THROW((void)data_state(folder.path(), "nothing"), Error);
}

TEST(HashMatching, NamesPatternsThatNothingFits) {
  const TemporaryDirectory folder(std::filesystem::temp_directory_path());
  write_file_atomically(folder.path() / "output/w.npz", "w");
  const auto found = hash_matching(folder.path(), {"output/**", "model/*.pt"});
  ASSERT_EQ(found.files.size(), 1U);
  EXPECT_EQ(found.files[0].path, "output/w.npz");
  EXPECT_EQ(found.missing, std::vector<std::string>{"model/*.pt"});
}

TEST(HashMatching, PassesOverWhatWasNotWrittenSince) {
  const TemporaryDirectory folder(std::filesystem::temp_directory_path());
  write_file_atomically(folder.path() / "out/old", "1");
  write_file_atomically(folder.path() / "out/again", "1");
  const auto before = stamp_matching(folder.path(), {"out/*"});
  write_file_atomically(folder.path() / "out/again", "1");
  write_file_atomically(folder.path() / "out/new", "1");
  const auto found = hash_matching(folder.path(), {"out/*", "out/old"}, before);
  ASSERT_EQ(found.files.size(), 2U);
  EXPECT_EQ(found.files[0].path, "out/again");
  EXPECT_EQ(found.missing, std::vector<std::string>{"out/old"});
}

}  // namespace
}  // namespace mlrepro
