#include "documents/config/requirements_lines.hpp"

#include <gtest/gtest.h>

#include "documents/config/requirements_options.hpp"

namespace mlrepro {
namespace {

std::vector<std::string> shown(std::string_view text) {
  std::vector<std::string> out;
  for (const auto& line : requirements_lines(text))
    out.push_back(std::to_string(line.number) + " " + line.text);
  return out;
}

using Lines = std::vector<std::string>;

TEST(RequirementsLines, AreJoinedAndStripped) {
  EXPECT_EQ(shown(""), Lines());
  EXPECT_EQ(shown("\xEF\xBB\xBFone\r\n\r\n  two # comment\n#three\nfour#not\n"),
            (Lines{"1 one", "3 two", "5 four#not"}));
  EXPECT_EQ(shown("one \\\n  --hash=a \\\r\n  --hash=b\ntwo"),
            (Lines{"1 one   --hash=a   --hash=b", "4 two"}));
}

TEST(RequirementsLines, ACommentEndsWhatItContinues) {
  EXPECT_EQ(shown("one \\\n# said \\\ntwo\n"), (Lines{"1 one", "3 two"}));
}

TEST(RequirementsLines, TheLastMayContinueNothing) {
  EXPECT_EQ(shown("one \\"), Lines{"1 one"});
  EXPECT_EQ(shown("one \\\n"), Lines{"1 one"});
}

TEST(RequirementsLines, EndAsOnEverySystem) {
  EXPECT_EQ(shown("one\rtwo\r\nthree \\\r\n  four"), (Lines{"1 one", "2 two", "3 three   four"}));
}

TEST(RequirementsLines, AreReadFromUtf16) {
  using namespace std::string_view_literals;
  EXPECT_EQ(shown("\xFF\xFE"
                  "a\0=\0=\0"
                  "1\0\r\0\n\0#\0=\xD8\x00\xDE\n\0b\0"sv),
            (Lines{"1 a==1", "3 b"}));
  EXPECT_EQ(shown("\xFE\xFF\0a\0\n\0"sv), Lines{"1 a"});
}

TEST(OptionWords, AreSplitAsAShellDoes) {
  EXPECT_EQ(option_words(""), Lines());
  EXPECT_EQ(option_words(" -i  'a b'\t--x=\"c \\\" d\" e\\ f ''"),
            (Lines{"-i", "a b", "--x=c \" d", "e f", ""}));
  EXPECT_EQ(option_words("'\\'"), Lines{"\\"});
  EXPECT_FALSE(option_words("-i \"a"));
}

}  // namespace
}  // namespace mlrepro
