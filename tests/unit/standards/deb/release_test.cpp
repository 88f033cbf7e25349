#include "standards/deb/release.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace mlrepro::deb {
namespace {

const std::string digest(64, 'a');
const std::string head =
    "Origin: Debian\nLabel: Debian\nSuite: oldstable\nCodename: bookworm\nDate: Sat, 10 Jan 2026 09:02:37 "
    "UTC\n"
    "Valid-Until: Sat, 17 Jan 2026 09:02:37 UTC\nAcquire-By-Hash: yes\nNo-Support-for-Architecture-all: "
    "Packages\n"
    "Architectures: all amd64\nComponents: main contrib\n";

TEST(DebRelease, ReadsItsFields) {
  const Release release =
      parse_release(head + "SHA256:\n " + digest + "   12 main/binary-amd64/Packages.xz\n", "InRelease");
  EXPECT_EQ(release.codename, "bookworm");
  EXPECT_EQ(format_rfc3339(release.date), "2026-01-10T09:02:37Z");
  EXPECT_EQ(release.valid_until, release.date + 7 * 86400);
  EXPECT_TRUE(release.acquire_by_hash);
  EXPECT_FALSE(release.architecture_all_separate);
  EXPECT_EQ(release.components, (std::vector<std::string>{"main", "contrib"}));
  EXPECT_EQ(release.files.at("main/binary-amd64/Packages.xz").size, 12U);
}

TEST(DebRelease, RefusesMalformedLists) {
  for (const std::string& line :
       {digest + " 12", digest + " x main/Packages", std::string("abc 12 main/Packages"),
        digest + " 12 ../Packages", digest + " 12 /etc/passwd", digest + " 12 main//Packages",
        digest + " 12 a\n " + digest + " 13 a", digest + " 99999999999999999999 a",
        "sha256:" + digest + " 12 a"})
    EXPECT_THROW((void)parse_release(head + "SHA256:\n " + line + "\n", "x"), Error) << line;
}

TEST(DebRelease, RefusesWhatHasNoDateOrNoList) {
  EXPECT_THROW((void)parse_release(head, "x"), Error);
  EXPECT_THROW((void)parse_release("Suite: a\nSHA256:\n " + digest + " 1 a\n", "x"), Error);
  EXPECT_THROW((void)parse_release("Date: yesterday\nSHA256:\n " + digest + " 1 a\n", "x"), Error);
  EXPECT_THROW((void)parse_release("", "x"), Error);
}

TEST(DebRelease, GivesThePathByHash) {
  EXPECT_EQ(by_hash_path("main/binary-amd64/Packages.xz", *Sha256::parse(digest)),
            "main/binary-amd64/by-hash/SHA256/" + digest);
}

}  // namespace
}  // namespace mlrepro::deb
