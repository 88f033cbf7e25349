#include "codec/ar.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "base/error.hpp"
#include "support/archives.hpp"

namespace mlrepro {
namespace {

using testing::ar_member;

std::vector<ArMember> list(const std::string& bytes) {
  return list_ar(
      [&](std::uint64_t at, std::span<char> into) {
        ASSERT_LE(at + into.size(), bytes.size());
        std::memcpy(into.data(), bytes.data() + at, into.size());
      },
      bytes.size(), "test.deb");
}

TEST(Ar, FindsMembersWithTheirOffsets) {
  const std::string bytes = "!<arch>\n" + ar_member("debian-binary", "2.0\n") +
                            ar_member("control.tar.xz/", "odd") + ar_member("data.tar", "");
  const auto members = list(bytes);
  ASSERT_EQ(members.size(), 3U);
  EXPECT_EQ(members[0].name, "debian-binary");
  EXPECT_EQ(bytes.substr(members[0].offset, members[0].size), "2.0\n");
  EXPECT_EQ(members[1].name, "control.tar.xz");
  EXPECT_EQ(bytes.substr(members[1].offset, members[1].size), "odd");
  EXPECT_EQ(members[2].size, 0U);
}

TEST(Ar, RefusesWhatIsNoArchive) {
  EXPECT_THROW(list(""), Error);
  EXPECT_THROW(list("!<arch>"), Error);
  EXPECT_THROW(list("PK\3\4 something"), Error);
}

TEST(Ar, RefusesAMemberBeyondTheEnd) {
  std::string bytes = "!<arch>\n" + ar_member("debian-binary", "2.0\n");
  bytes.pop_back();
  EXPECT_THROW(list(bytes), Error);
}

TEST(Ar, RefusesNegativeAndBrokenSizes) {
  for (const char* size : {"-1        ", "0x10      ", "          ", "9999999999"}) {
    std::string bytes = "!<arch>\n" + ar_member("debian-binary", "2.0\n");
    bytes.replace(8 + 48, 10, size);
    EXPECT_THROW(list(bytes), Error) << size;
  }
}

TEST(Ar, RefusesTwoMembersOfOneName) {
  EXPECT_THROW(list("!<arch>\n" + ar_member("data.tar", "aa") + ar_member("data.tar", "bb")), Error);
}

TEST(Ar, RefusesNamesWithSlashes) {
  EXPECT_THROW(list("!<arch>\n" + ar_member("../data.tar", "aa")), Error);
}

}  // namespace
}  // namespace mlrepro
