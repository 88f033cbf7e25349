#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "adapters/archive/decompress.hpp"
#include "adapters/archive/zstd_writer.hpp"
#include "base/error.hpp"

namespace mlrepro {
namespace {

ReadNext reader_of(std::string bytes) {
  return [bytes = std::move(bytes), at = std::size_t{0}](std::span<char> into) mutable {
    // A few at a time, as a slow source gives them.
    const std::size_t part = std::min({into.size(), bytes.size() - at, std::size_t{1000}});
    std::memcpy(into.data(), bytes.data() + at, part);
    at += part;
    return part;
  };
}

std::string all_of(const ReadNext& stream) {
  std::string text;
  std::vector<char> buffer(4096);
  while (const std::size_t got = stream(buffer))
    text.append(buffer.data(), got);
  return text;
}

std::string compressed(const std::string& text) {
  std::string out;
  ZstdWriter writer([&](std::string_view piece) { out.append(piece); });
  for (std::size_t at = 0; at < text.size(); at += 777)
    writer.write(std::string_view(text).substr(at, 777));
  writer.finish();
  return out;
}

std::string long_text() {
  std::string text;
  for (std::uint64_t i = 0; i < 50'000; ++i)
    text += std::to_string(i * i) + "\n";
  return text;
}

TEST(Compression, WhatIsWrittenIsReadAgain) {
  const std::string text = long_text();
  const std::string small = compressed(text);
  EXPECT_LT(small.size(), text.size() / 2);
  EXPECT_EQ(all_of(decompressed(reader_of(small), "text")), text);
  EXPECT_EQ(all_of(decompressed(reader_of(compressed("")), "nothing")), "");
}

TEST(Compression, WhatIsNotCompressedComesAsItIs) {
  EXPECT_EQ(all_of(decompressed(reader_of("plain words"), "text")), "plain words");
  EXPECT_EQ(all_of(decompressed(reader_of(""), "nothing")), "");
}

TEST(Compression, WhatIsCutOffIsAnErrorWithItsName) {
  const std::string small = compressed(long_text());
  try {
    (void)all_of(decompressed(reader_of(small.substr(0, small.size() / 2)), "half a text"));
    FAIL() << "nothing thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "bad-archive");
    EXPECT_NE(error.message().find("half a text"), std::string::npos);
  }
}

TEST(Compression, ErrorsOfEitherEndComeThrough) {
  const ReadNext broken = [](std::span<char>) -> std::size_t {
    throw Error(ErrorKind::surroundings, "disk", "the disk is broken");
  };
  EXPECT_THROW((void)decompressed(broken, "text"), Error);
  ZstdWriter writer(
      [](std::string_view) { throw Error(ErrorKind::surroundings, "disk", "the disk is full"); });
  try {
    writer.write(long_text());
    writer.finish();
    FAIL() << "nothing thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "disk");
  }
}

TEST(Compression, WriterThatIsLeftGivesNothingMore) {
  std::size_t given = 0;
  bool gone = false;
  {
    ZstdWriter writer([&](std::string_view piece) {
      EXPECT_FALSE(gone);
      given += piece.size();
    });
    writer.write("some words");
    gone = true;
  }
  EXPECT_EQ(given, 0U);
}

}  // namespace
}  // namespace mlrepro
