#include "adapters/net/gzip_body.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "support/deflated.hpp"

namespace mlrepro {
namespace {

using Judgement = GzipBody::Judgement;

std::string gzip(const std::string& text) {
  return testing::deflated(text, 16 + MAX_WBITS);
}

struct Inflated {
  std::string text;
  Judgement judgement = Judgement::good;
  bool whole = false;
};

Inflated inflate_in_pieces(const std::string& bytes, std::size_t piece) {
  GzipBody body;
  Inflated out;
  for (std::size_t at = 0; at < bytes.size() && out.judgement == Judgement::good; at += piece) {
    out.judgement = body.add(std::string_view(bytes).substr(at, piece), [&](std::string_view part) {
      out.text.append(part);
      return true;
    });
  }
  out.whole = body.whole();
  return out;
}

std::string long_text() {
  std::string text;
  for (int i = 0; i < 50000; ++i)
    text += "<a href=\"a-" + std::to_string(i * 7919) + ".whl\">a</a>\n";
  return text;
}

TEST(GzipBody, WholeStreamInPiecesOfAnySize) {
  const std::string text = long_text();
  const std::string bytes = gzip(text);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{4096}, bytes.size()}) {
    const Inflated out = inflate_in_pieces(bytes, piece);
    EXPECT_EQ(out.judgement, Judgement::good);
    EXPECT_TRUE(out.whole);
    EXPECT_TRUE(out.text == text) << piece;
  }
  const Inflated empty = inflate_in_pieces(gzip(""), 3);
  EXPECT_TRUE(empty.whole);
  EXPECT_EQ(empty.text, "");
}

TEST(GzipBody, NothingIsNotWhole) {
  EXPECT_FALSE(inflate_in_pieces("", 1).whole);
}

TEST(GzipBody, CutAnywhereIsNotWhole) {
  const std::string bytes = gzip("half of this is not all of this, half of this is not all of this");
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const Inflated out = inflate_in_pieces(bytes.substr(0, at), 5);
    EXPECT_EQ(out.judgement, Judgement::good) << at;
    EXPECT_FALSE(out.whole) << at;
  }
}

TEST(GzipBody, SeveralMembersAreOneBody) {
  const std::string both = gzip("one, ") + gzip("") + gzip("two");
  for (const std::size_t piece : {std::size_t{1}, both.size()}) {
    const Inflated out = inflate_in_pieces(both, piece);
    EXPECT_TRUE(out.whole);
    EXPECT_EQ(out.text, "one, two");
  }
  EXPECT_FALSE(inflate_in_pieces(both.substr(0, both.size() - 1), both.size()).whole);
}

TEST(GzipBody, DamageIsTold) {
  const std::string bytes = gzip("some text that is long enough");
  std::string wrong_sum = bytes;
  wrong_sum[bytes.size() - 5] ^= 1;
  std::string wrong_size = bytes;
  wrong_size.back() ^= 1;
  for (const std::string& damaged :
       {std::string("plain text"), wrong_sum, wrong_size, bytes + std::string(3, '\0'), bytes + "x",
        "\x78\x9c" + bytes.substr(10)}) {
    const Inflated out = inflate_in_pieces(damaged, damaged.size());
    EXPECT_TRUE(out.judgement == Judgement::damaged || !out.whole);
    EXPECT_EQ(inflate_in_pieces(damaged, 1).whole, false);
  }
}

TEST(GzipBody, StopsWhereItIsTold) {
  const std::string bytes = gzip(std::string(std::size_t{64} << 20, 'x'));
  ASSERT_LT(bytes.size(), std::size_t{100} << 10);
  GzipBody body;
  std::size_t taken = 0;
  const auto judgement = body.add(bytes, [&](std::string_view part) {
    EXPECT_LE(part.size(), std::size_t{64} << 10);
    taken += part.size();
    return taken < 1000000;
  });
  EXPECT_EQ(judgement, Judgement::stopped);
  EXPECT_LT(taken, 1100000U);
}

TEST(GzipBody, WhatTakeThrowsIsThrown) {
  GzipBody body;
  EXPECT_THROW(static_cast<void>(body.add(
                   gzip("text"), [](std::string_view) -> bool { throw std::runtime_error("enough"); })),
               std::runtime_error);
}

}  // namespace
}  // namespace mlrepro
