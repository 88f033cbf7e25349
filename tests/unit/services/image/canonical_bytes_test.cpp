#include "services/image/canonical_bytes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "codec/sha1.hpp"

namespace mlrepro {
namespace {

std::string number(std::size_t value, std::size_t width) {
  std::string bytes(width, '\0');
  for (std::size_t i = 0; i < width; ++i)
    bytes[width - 1 - i] = static_cast<char>((value >> (8 * i)) & 0xffU);
  return bytes;
}

std::string entry(const std::string& alias, std::size_t milliseconds, const std::string& certificate) {
  return number(2, 4) + number(alias.size(), 2) + alias + number(milliseconds, 8) + number(5, 2) + "X.509" +
         number(certificate.size(), 4) + certificate;
}

std::string keystore(const std::vector<std::string>& entries, const std::string& password = "changeit") {
  std::string body = "\xfe\xed\xfe\xed" + number(2, 4) + number(entries.size(), 4);
  for (const auto& each : entries)
    body += each;
  std::string keyed;
  for (const char letter : password)
    keyed += std::string(1, '\0') + letter;
  const auto digest = sha1(keyed + "Mighty Aphrodite" + body);
  return body + std::string(digest.begin(), digest.end());
}

TEST(CanonicalBytes, WhatOctaveSavesKeepsItsVersionAlone) {
  EXPECT_EQ(
      undated_octave("# Created by Octave 7.3.0, Sun Nov 22 07:16:48 2026 UTC <root@here>\n# name: x, y\n"),
      "# Created by Octave 7.3.0\n# name: x, y\n");
  for (const std::string other :
       {"", "# Created by Octave 7.3.0\n, ", "Octave, x\n", "# Created by Octave, x"})
    EXPECT_EQ(undated_octave(other), other);
}

TEST(CanonicalBytes, KeystoreHasTheGivenTimeAndOneOrder) {
  const std::string one = keystore({entry("b", 1'763'700'000'123, "two"), entry("a", 1, "one")});
  const std::string other = keystore({entry("a", 77, "one"), entry("b", 5, "two")});
  const std::string wanted = keystore({entry("a", 42'000, "one"), entry("b", 42'000, "two")});
  EXPECT_EQ(dated_keystore(one, 42), wanted);
  EXPECT_EQ(dated_keystore(other, 42), wanted);
  EXPECT_EQ(dated_keystore(keystore({}), 42), keystore({}));
}

TEST(CanonicalBytes, KeystoreOfAnotherKindStaysAsItIs) {
  const std::string good = keystore({entry("a", 1, "one")});
  for (const std::string& bytes :
       {keystore({entry("a", 1, "one")}, "other"), good.substr(0, good.size() - 1), good + "x", std::string(),
        std::string("\xfe\xed\xfe\xed"), keystore({entry("a", 1, "one").substr(0, 20)}),
        keystore({"\0\0\0\1" + entry("a", 1, "one").substr(4)}), keystore({entry("a", 1, "one"), "x"}),
        keystore({number(2, 4) + number(65535, 2) + "a"})}) {
    EXPECT_EQ(dated_keystore(bytes, 42), bytes);
  }
}

TEST(CanonicalBytes, LinesAreSortedBelowTheCommentAtTheTop) {
  EXPECT_EQ(sorted_lines("# made\n\nMap b\nMap a\nMap b\n"), "# made\n\nMap a\nMap b\n");
  EXPECT_EQ(sorted_lines("b\na\n"), "a\nb\n");
  EXPECT_EQ(sorted_lines("### made\nb\n#! off\na\n"), "### made\n#! off\na\nb\n");
  for (const std::string bytes : {"", "# made\n", "# made\nb\n# of another\na\n", "b\na"})
    EXPECT_EQ(sorted_lines(bytes), bytes);
}

TEST(CanonicalBytes, ListingIsSortedWithinAndBetweenFolders) {
  const std::string wanted =
      "% ls-R -- filename database for kpathsea; do not change this line.\n\n./:\n.:\nls-R\ntex\n\n"
      "./tex/a:\nx.tex\n\n./tex:\na\nb\n";
  EXPECT_EQ(sorted_listing(
                "% ls-R -- filename database for kpathsea; do not change this line.\n\n./:\n.:\ntex\nls-R\n\n"
                "./tex:\nb\na\n\n./tex/a:\nx.tex\n"),
            wanted);
  EXPECT_EQ(sorted_listing(wanted), wanted);
  EXPECT_EQ(sorted_listing("% ls-R of one piece\n./:\n.:\nb\na\n"), "% ls-R of one piece\n./:\n.:\na\nb\n");
  for (const std::string bytes : {"", "./:\nb\na\n", "% ls-R"})
    EXPECT_EQ(sorted_listing(bytes), bytes);
}

}  // namespace
}  // namespace mlrepro
