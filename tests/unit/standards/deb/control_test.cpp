#include "standards/deb/control.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace mlrepro::deb {
namespace {

constexpr std::string_view two =
    "Package: libc6\nVersion:2.36-9\nDescription: GNU C Library\n one\n .\n  two\nTag: a,\n b\n\n \nPackage: "
    "zlib1g\n";

TEST(DebControl, ReadsStanzasAndFoldedFields) {
  ControlReader reader(two, "test");
  Stanza stanza;
  ASSERT_TRUE(reader.next(stanza));
  EXPECT_EQ(stanza.get("package"), "libc6");
  EXPECT_EQ(stanza.get("VERSION"), "2.36-9");
  EXPECT_EQ(stanza.get("Description"), "GNU C Library\n one\n .\n  two");
  EXPECT_EQ(stanza.get("Tag"), "a,\n b");
  EXPECT_EQ(stanza.find("Missing"), std::nullopt);
  ASSERT_TRUE(reader.next(stanza));
  EXPECT_EQ(reader.line(), 11U);
  EXPECT_EQ(stanza.get("Package"), "zlib1g");
  EXPECT_FALSE(reader.next(stanza));
}

TEST(DebControl, StreamGivesTheSameForEverySizeOfPiece) {
  std::vector<std::string> expected;
  ControlReader reader(two, "test");
  Stanza stanza;
  while (reader.next(stanza))
    for (const Field& field : stanza.fields())
      expected.push_back(std::string(field.name) + "=" + std::string(field.value));
  for (std::size_t size = 1; size <= two.size(); ++size) {
    std::vector<std::string> found;
    ControlStream stream("test", [&](const Stanza& one) {
      for (const Field& field : one.fields())
        found.push_back(std::string(field.name) + "=" + std::string(field.value));
    });
    for (std::size_t at = 0; at < two.size(); at += size)
      stream.feed(two.substr(at, size));
    stream.finish();
    EXPECT_EQ(found, expected) << size;
  }
}

TEST(DebControl, CommentsAreLeftOutWhereTheyAreKnown) {
  ControlReader reader("# top\nTypes: deb\n# between\nURIs: a\n# inside\n b\n", "test", Comments::skipped);
  Stanza stanza;
  ASSERT_TRUE(reader.next(stanza));
  EXPECT_EQ(stanza.fields().size(), 2U);
  EXPECT_EQ(value_words(stanza.get("URIs")), (std::vector<std::string_view>{"a", "b"}));
}

TEST(DebControl, NamesTheLineThatIsWrong) {
  for (const char* text :
       {"A: 1\nno colon\n", " folded\n", "A: 1\na: 2\n", "A: 1\n: 2\n", "A: 1\n#B: 2\n", "A: 1\nB C: 2\n"}) {
    ControlReader reader(text, "file");
    Stanza stanza;
    EXPECT_THROW(
        {
          try {
            while (reader.next(stanza)) {
            }
          } catch (const Error& error) {
            EXPECT_EQ(error.code(), "bad-control");
            EXPECT_NE(error.message().find("file:"), std::string::npos);
            throw;
          }
        },
        Error)
        << text;
  }
}

TEST(DebControl, KnowsBooleansAsAptDoes) {
  EXPECT_EQ(parse_boolean("Yes"), true);
  EXPECT_EQ(parse_boolean("no"), false);
  EXPECT_EQ(parse_boolean("perhaps"), std::nullopt);
}

}  // namespace
}  // namespace mlrepro::deb
