#include "documents/config/requirements_lines.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace mlrepro
