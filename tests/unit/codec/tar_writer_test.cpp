#include "codec/tar_writer.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "codec/digest.hpp"
#include "support/archives.hpp"

namespace mlrepro {
namespace {

using testing::make_tar;
using testing::TarItem;

TarItem plain(const std::string& path, const std::string& bytes = {}) {
  TarItem item;
  item.header.path = path;
  item.header.size = bytes.size();
  item.bytes = bytes;
  return item;
}

// Every image digest follows from these bytes: a change here is a change of the format.
TEST(TarWriter, KeepsItsBytes) {
  TarItem folder;
  folder.header.path = "usr";
  folder.header.type = TarType::directory;
  folder.header.mode = 0755;
  folder.header.mtime = 1700000000;
  TarItem link;
  link.header.path = "usr/lib";
  link.header.type = TarType::symlink;
  link.header.target = "lib64";
  link.header.mode = 0777;
  const std::string tar =
      make_tar({folder, plain("usr/a", "hello\n"), link, plain("usr/" + std::string(120, 'x'), "y")});
  EXPECT_EQ(sha256(tar).hex(), "df2f3d27131c8019c3d1ac2cd001e36b0475b0e2e869e3daf091d7db7b5a7423");
}

TEST(TarWriter, WritesTheUstarFieldsWhereTheyBelong) {
  TarItem item = plain("bin/su", "abc");
  item.header.mode = 04755;
  item.header.uid = 1;
  item.header.gid = 42;
  item.header.mtime = 8;
  const std::string tar = make_tar({item});
  ASSERT_EQ(tar.size(), 512U * 4);
  EXPECT_EQ(tar.substr(0, 7), std::string("bin/su\0", 7));
  EXPECT_EQ(tar.substr(100, 8), std::string("0004755\0", 8));
  EXPECT_EQ(tar.substr(108, 8), std::string("0000001\0", 8));
  EXPECT_EQ(tar.substr(116, 8), std::string("0000052\0", 8));
  EXPECT_EQ(tar.substr(124, 12), std::string("00000000003\0", 12));
  EXPECT_EQ(tar.substr(136, 12), std::string("00000000010\0", 12));
  EXPECT_EQ(tar.substr(257, 8), std::string("ustar\00000", 8));
  EXPECT_EQ(tar.substr(265, 64), std::string(64, '\0'));
  EXPECT_EQ(tar.substr(512, 4), std::string("abc\0", 4));
}

TEST(TarWriter, ChoosesPaxOnlyWhereUstarCannotHoldAValue) {
  EXPECT_EQ(make_tar({plain(std::string(100, 'a'))}).size(), 512U * 3);
  EXPECT_EQ(make_tar({plain(std::string(101, 'a'))}).size(), 512U * 5);
  EXPECT_EQ(make_tar({plain("caf\xC3\xA9")}).size(), 512U * 5);
  TarItem large_id = plain("a");
  large_id.header.uid = 1U << 21;
  EXPECT_EQ(make_tar({large_id}).size(), 512U * 5);
  TarItem old = plain("a");
  old.header.mtime = -1;
  EXPECT_EQ(make_tar({old}).size(), 512U * 5);
}

TEST(TarWriter, CountsTheLengthOfAPaxRecordInItself) {
  TarItem item = plain("a");
  item.header.xattrs["user.k"] = "v";
  // "26 SCHILY.xattr.user.k=v\n" has 25 bytes with a length of two digits.
  EXPECT_NE(make_tar({item}).find("25 SCHILY.xattr.user.k=v\n"), std::string::npos);
}

TEST(TarWriter, RefusesMoreOrFewerBytesThanTheHeaderSays) {
  TarWriter more([](std::string_view) {});
  more.begin(plain("a", "12").header);
  EXPECT_THROW(more.data("123"), Error);
  TarWriter fewer([](std::string_view) {});
  fewer.begin(plain("a", "12").header);
  fewer.data("1");
  EXPECT_THROW(fewer.finish(), Error);
}

}  // namespace
}  // namespace mlrepro
