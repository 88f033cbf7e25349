#include "codec/zip_directory.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include "support/archives.hpp"
#include "support/deflated.hpp"

namespace mlrepro {
namespace {

using testing::make_zip;
using namespace std::string_literals;

void put(std::string& to, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i)
    to.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
}

std::string deflated(const std::string& bytes) {
  return testing::deflated(bytes, -MAX_WBITS);
}

// One entry of a central directory or one local header, each field at will.
struct Fields {
  std::string name = "a";
  std::uint64_t flags = 0;
  std::uint64_t method = 0;
  std::uint32_t crc = 0;
  std::uint64_t packed = 0;
  std::uint64_t size = 0;
  std::uint64_t offset = 0;
  std::string extra;
  std::string comment;

  void common(std::string& to) const {
    put(to, 20, 2);
    put(to, flags, 2);
    put(to, method, 2);
    put(to, 0x00210000, 4);
    put(to, crc, 4);
    put(to, packed, 4);
    put(to, size, 4);
    put(to, name.size(), 2);
    put(to, extra.size(), 2);
  }
  [[nodiscard]] std::string entry() const {
    std::string out;
    put(out, 0x02014b50, 4);
    put(out, 0x0314, 2);
    common(out);
    put(out, comment.size(), 2);
    put(out, 0, 8);
    put(out, offset, 4);
    return out + name + extra + comment;
  }
  [[nodiscard]] std::string local(const std::string& content) const {
    std::string out;
    put(out, 0x04034b50, 4);
    common(out);
    return out + name + extra + content;
  }
};

std::string end_record(std::uint64_t entries, std::uint64_t size, std::uint64_t offset,
                       const std::string& comment = "") {
  std::string out;
  put(out, 0x06054b50, 4);
  put(out, 0, 4);
  put(out, entries, 2);
  put(out, entries, 2);
  put(out, size, 4);
  put(out, offset, 4);
  put(out, comment.size(), 2);
  return out + comment;
}

std::string end64_record(std::uint64_t entries, std::uint64_t size, std::uint64_t offset) {
  std::string out;
  put(out, 0x06064b50, 4);
  put(out, 44, 8);
  put(out, 45, 2);
  put(out, 45, 2);
  put(out, 0, 8);
  put(out, entries, 8);
  put(out, entries, 8);
  put(out, size, 8);
  put(out, offset, 8);
  return out;
}

std::string locator(std::uint64_t end64_at) {
  std::string out;
  put(out, 0x07064b50, 4);
  put(out, 0, 4);
  put(out, end64_at, 8);
  put(out, 1, 4);
  return out;
}

std::uint32_t crc_of(const std::string& bytes) {
  return static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

TEST(ZipDirectory, FindsAndReadsMembers) {
  const std::string zip =
      make_zip({{"x/__init__.py", "VERSION = 1\n"}, {"x-1.dist-info/METADATA", "Name: x\n"}});
  const auto directory = find_zip_directory(zip, zip.size());
  ASSERT_TRUE(directory);
  EXPECT_EQ(directory->entries, 2U);
  const auto members =
      parse_zip_directory(zip.substr(directory->offset, directory->size), directory->entries);
  ASSERT_TRUE(members);
  ASSERT_EQ(members->size(), 2U);
  EXPECT_EQ((*members)[1].name, "x-1.dist-info/METADATA");
  EXPECT_EQ((*members)[1].size, 8U);
  const auto text = extract_zip_member(zip.substr((*members)[1].header_offset), (*members)[1], 8);
  EXPECT_EQ(text, "Name: x\n");
}

TEST(ZipDirectory, TailAloneIsEnough) {
  const std::string zip = make_zip({{"first", std::string(5000, 'x')}, {"last", "content"}});
  const auto whole = find_zip_directory(zip, zip.size());
  ASSERT_TRUE(whole);
  const std::string tail = zip.substr(zip.size() - 22);
  const auto found = find_zip_directory(tail, zip.size());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->offset, whole->offset);
  EXPECT_EQ(found->size, whole->size);
}

TEST(ZipDirectory, EmptyArchive) {
  const std::string zip = make_zip({});
  const auto directory = find_zip_directory(zip, zip.size());
  ASSERT_TRUE(directory);
  EXPECT_EQ(directory->entries, 0U);
  EXPECT_TRUE(parse_zip_directory("", 0)->empty());
}

TEST(ZipDirectory, CommentMayFollow) {
  const std::string zip = end_record(0, 0, 0, "a comment");
  EXPECT_TRUE(find_zip_directory(zip, zip.size()));
  EXPECT_FALSE(find_zip_directory(zip + "x", zip.size() + 1));
  const std::string longest = end_record(0, 0, 0, std::string(65535, 'c'));
  EXPECT_TRUE(find_zip_directory(longest, longest.size()));
}

TEST(ZipDirectory, CommentThatLooksLikeARecord) {
  // The last record that leads to the end counts, as in Python's zipfile.
  const std::string zip = end_record(7, 1, 1, end_record(0, 0, 0));
  const auto directory = find_zip_directory(zip, zip.size());
  ASSERT_TRUE(directory);
  EXPECT_EQ(directory->entries, 0U);
}

TEST(ZipDirectory, TruncatedEndIsNone) {
  const std::string zip = make_zip({{"a", "content"}});
  for (std::size_t length = 0; length < zip.size(); ++length)
    EXPECT_FALSE(find_zip_directory(std::string_view(zip).substr(0, length), length)) << length;
  EXPECT_FALSE(find_zip_directory(zip, zip.size() - 1));  // more than there is
}

TEST(ZipDirectory, OffsetsBeyondTheFile) {
  for (const auto& [size, offset] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {23, 0}, {0, 23}, {10, 13}, {0xfffffffe, 0}, {0, 0xfffffffe}, {0xffffffff, 0xffffffff}}) {
    const std::string zip = end_record(1, size, offset);
    EXPECT_FALSE(find_zip_directory(zip, zip.size())) << size << " " << offset;
  }
}

TEST(ZipDirectory, Zip64) {
  const std::uint64_t total = std::uint64_t{6} << 30;
  const std::string ends = end64_record(70000, 5000000, 5000000000) + locator(total - 22 - 20 - 56) +
                           end_record(0xffff, 0xffffffff, 0xffffffff);
  const auto directory = find_zip_directory("what stands before " + ends, total);
  ASSERT_TRUE(directory);
  EXPECT_EQ(directory->entries, 70000U);
  EXPECT_EQ(directory->size, 5000000U);
  EXPECT_EQ(directory->offset, 5000000000U);
}

TEST(ZipDirectory, Zip64ThatLeadsAstray) {
  const auto find = [](const std::string& record, std::uint64_t at) {
    const std::string zip = record + locator(at) + end_record(0xffff, 0xffffffff, 0xffffffff);
    return find_zip_directory(zip, zip.size());
  };
  EXPECT_TRUE(find(end64_record(0, 56, 0), 0));
  EXPECT_FALSE(find(end64_record(0, 56, 0), 1));                  // not at a record
  EXPECT_FALSE(find(end64_record(0, 56, 0), 98));                 // at the very end
  EXPECT_FALSE(find(end64_record(0, 56, 0), ~std::uint64_t{0}));  // far beyond it
  EXPECT_FALSE(find(end64_record(0, 99, 0), 0));                  // larger than the file
  EXPECT_FALSE(find(end64_record(0, 2, ~std::uint64_t{0}), 0));   // the sum overflows
  EXPECT_FALSE(find(end64_record(0, ~std::uint64_t{0}, 2), 0));
  // The record lies before the tail that was fetched.
  const std::string tail = locator(100) + end_record(0xffff, 0xffffffff, 0xffffffff);
  EXPECT_FALSE(find_zip_directory(tail, 100000));
}

TEST(ZipDirectory, SizesFromTheZip64Field) {
  Fields fields;
  fields.packed = fields.size = fields.offset = 0xffffffff;
  std::string wide;
  put(wide, 0x5455, 2);  // another field before it
  put(wide, 1, 2);
  wide += "t";
  put(wide, 1, 2);
  put(wide, 24, 2);
  put(wide, 6000000000, 8);
  put(wide, 5000000000, 8);
  put(wide, 7000000000, 8);
  fields.extra = wide;
  const auto members = parse_zip_directory(fields.entry(), 1);
  ASSERT_TRUE(members);
  EXPECT_EQ((*members)[0].size, 6000000000U);
  EXPECT_EQ((*members)[0].compressed_size, 5000000000U);
  EXPECT_EQ((*members)[0].header_offset, 7000000000U);
  fields.extra = wide.substr(0, wide.size() - 1);
  EXPECT_FALSE(parse_zip_directory(fields.entry(), 1));
  fields.extra.clear();
  EXPECT_FALSE(parse_zip_directory(fields.entry(), 1));
  std::string little;
  put(little, 1, 2);
  put(little, 16, 2);
  put(little, 1, 8);
  put(little, 1, 8);
  fields.extra = little;
  EXPECT_FALSE(parse_zip_directory(fields.entry(), 1));
}

TEST(ZipDirectory, CountsThatCannotBe) {
  const std::string one = Fields{}.entry();
  EXPECT_FALSE(parse_zip_directory(one, 2));
  EXPECT_FALSE(parse_zip_directory(one, 1000000));
  EXPECT_FALSE(parse_zip_directory(one, ~std::uint64_t{0}));  // and nothing is allocated for them
  EXPECT_FALSE(parse_zip_directory("", 1));
  EXPECT_EQ(parse_zip_directory(one + one, 2)->size(), 2U);
}

TEST(ZipDirectory, DamagedEntries) {
  Fields fields;
  fields.name = "name";
  fields.comment = "comment";
  const std::string entry = fields.entry();
  EXPECT_TRUE(parse_zip_directory(entry, 1));
  for (std::size_t length = 0; length < entry.size(); ++length)
    EXPECT_FALSE(parse_zip_directory(std::string_view(entry).substr(0, length), 1)) << length;
  std::string other = entry;
  other[0] = 'Q';
  EXPECT_FALSE(parse_zip_directory(other, 1));
}

TEST(ZipDirectory, NamesAreAsWrittenButForNul) {
  Fields fields;
  fields.name = "../../etc/passwd";
  EXPECT_EQ((*parse_zip_directory(fields.entry(), 1))[0].name, fields.name);
  fields.name = "x.dist-info/METADATA\0.txt"s;
  EXPECT_FALSE(parse_zip_directory(fields.entry(), 1));
}

TEST(ZipDirectory, DeflatedMember) {
  const std::string content(100000, 'm');
  const std::string packed = deflated(content);
  const ZipEntry entry{"a", 8, crc_of(content), packed.size(), content.size(), 0};
  Fields fields;
  fields.method = 8;
  EXPECT_EQ(extract_zip_member(fields.local(packed) + "more", entry, content.size()), content);
  EXPECT_FALSE(extract_zip_member(fields.local(packed), entry, content.size() - 1));
  EXPECT_FALSE(extract_zip_member(fields.local(packed.substr(1)), entry, content.size()));
  for (const std::uint64_t size : {content.size() - 1, content.size() + 1}) {
    ZipEntry wrong = entry;
    wrong.size = size;
    EXPECT_FALSE(extract_zip_member(fields.local(packed), wrong, content.size() + 1));
  }
}

TEST(ZipDirectory, EmptyMembers) {
  Fields fields;
  EXPECT_EQ(extract_zip_member(fields.local(""), {"a", 0, 0, 0, 0, 0}, 10), "");
  const std::string packed = deflated("");
  EXPECT_EQ(extract_zip_member(fields.local(packed), {"a", 8, 0, packed.size(), 0, 0}, 10), "");
}

TEST(ZipDirectory, DataDescriptorLeavesTheLocalHeaderEmpty) {
  const std::string content = "streamed";
  Fields fields;
  fields.flags = 8;  // sizes and CRC follow the content; the directory has them
  std::string descriptor;
  put(descriptor, 0x08074b50, 4);
  const ZipEntry entry{"a", 0, crc_of(content), content.size(), content.size(), 0};
  EXPECT_EQ(extract_zip_member(fields.local(content) + descriptor, entry, 100), content);
}

TEST(ZipDirectory, WhatIsNotExtracted) {
  const std::string content = "content";
  const ZipEntry entry{"a", 0, crc_of(content), content.size(), content.size(), 0};
  const Fields plain;
  ASSERT_TRUE(extract_zip_member(plain.local(content), entry, 100));
  Fields encrypted;
  encrypted.flags = 1;
  EXPECT_FALSE(extract_zip_member(encrypted.local(content), entry, 100));
  Fields other;
  other.name = "b";
  EXPECT_FALSE(extract_zip_member(other.local(content), entry, 100));
  other.name = "ab";
  EXPECT_FALSE(extract_zip_member(other.local(content), entry, 100));
  ZipEntry method = entry;
  method.method = 12;
  EXPECT_FALSE(extract_zip_member(plain.local(content), method, 100));
  ZipEntry crc = entry;
  crc.crc32 ^= 1;
  EXPECT_FALSE(extract_zip_member(plain.local(content), crc, 100));
  ZipEntry uneven = entry;
  uneven.compressed_size = content.size() - 1;
  EXPECT_FALSE(extract_zip_member(plain.local(content), uneven, 100));
  ZipEntry huge = entry;
  huge.size = huge.compressed_size = ~std::uint64_t{0};
  EXPECT_FALSE(extract_zip_member(plain.local(content), huge, ~std::uint64_t{0}));
  const std::string local = plain.local(content);
  for (std::size_t length = 0; length < local.size(); ++length)
    EXPECT_FALSE(extract_zip_member(std::string_view(local).substr(0, length), entry, 100)) << length;
}

TEST(ZipDirectory, OverlappingMembersAreEachBounded) {
  // A zip bomb's many entries over one stretch of bytes: an entry costs what it declares, within the bound.
  const std::string bomb = deflated(std::string(10000000, 'z'));
  Fields fields;
  fields.method = 8;
  fields.packed = bomb.size();
  fields.size = 10000000;
  const auto members = parse_zip_directory(fields.entry() + fields.entry(), 2);
  ASSERT_TRUE(members);
  EXPECT_EQ((*members)[0].header_offset, (*members)[1].header_offset);
  for (const auto& member : *members)
    EXPECT_FALSE(extract_zip_member(fields.local(bomb), member, 1000000));
}

}  // namespace
}  // namespace mlrepro
