#include "adapters/net/exchange_rules.hpp"

#include <gtest/gtest.h>

namespace mlrepro {
namespace {

using std::chrono::milliseconds;

HttpResponse with(std::vector<std::pair<std::string, std::string>> headers) {
  HttpResponse response;
  response.headers = std::move(headers);
  return response;
}

TEST(ExchangeRules, OnlyWhatMayPassIsTriedAgain) {
  for (const long status : {408, 429, 500, 502, 503, 504, 520})
    EXPECT_TRUE(status_may_pass(status)) << status;
  for (const long status : {0, 200, 206, 301, 401, 403, 404, 410, 416, 501, 505})
    EXPECT_FALSE(status_may_pass(status)) << status;
}

TEST(ExchangeRules, PausesGrowAndEnd) {
  EXPECT_EQ(pause_before_next(1, 0), milliseconds(250));
  EXPECT_EQ(pause_before_next(2, 0), milliseconds(1000));
  EXPECT_EQ(pause_before_next(3, 0), std::nullopt);
}

TEST(ExchangeRules, PauseHonoursTheServerWithinABound) {
  EXPECT_EQ(pause_before_next(1, 5), milliseconds(5000));
  EXPECT_EQ(pause_before_next(2, 30), milliseconds(30000));
  EXPECT_EQ(pause_before_next(1, 31), std::nullopt);
  EXPECT_EQ(pause_before_next(1, ~std::uint64_t{0}), std::nullopt);
}

TEST(ExchangeRules, ContentRange) {
  const auto range = parse_content_range("bytes 500-999/1234");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->first, 500U);
  EXPECT_EQ(range->last, 999U);
  EXPECT_EQ(range->total, 1234U);
  const auto open = parse_content_range("Bytes 0-0/*");
  ASSERT_TRUE(open);
  EXPECT_EQ(open->last, 0U);
  EXPECT_EQ(open->total, std::nullopt);
}

TEST(ExchangeRules, ContentRangeThatIsNone) {
  for (const char* text :
       {"", "bytes", "bytes ", "bytes */1234", "bytes 5-4/10", "bytes 0-10/10", "bytes 0-9", "bytes -9/10",
        "bytes 0-/10", "bytes 0-9/", "bytes 0-9/x", "items 0-9/10", "bytes 0/9-10",
        "bytes 0-99999999999999999999/*", "bytes 0 - 9/10", "bytes /-"}) {
    EXPECT_FALSE(parse_content_range(text)) << text;
  }
}

TEST(ExchangeRules, StrongValidatorsAlone) {
  EXPECT_EQ(resume_validator(with({{"etag", "\"abc\""}})), "\"abc\"");
  EXPECT_EQ(resume_validator(with({{"etag", "W/\"abc\""}})), std::nullopt);
  EXPECT_EQ(resume_validator(with({{"etag", "abc"}})), std::nullopt);
  EXPECT_EQ(resume_validator(with({{"etag", "\""}})), std::nullopt);
  EXPECT_EQ(resume_validator(with({})), std::nullopt);
  const std::string modified = "Sat, 01 Mar 2025 08:00:00 GMT";
  const std::pair<std::string, std::string> date{"date", "Sun, 02 Mar 2025 08:00:00 GMT"};
  EXPECT_EQ(resume_validator(with({{"last-modified", modified}, date})), modified);
  EXPECT_EQ(resume_validator(with({{"etag", "W/\"abc\""}, {"last-modified", modified}, date})), modified);
  // Changed in the very second in which it was sent: it may have changed once more since.
  EXPECT_EQ(resume_validator(with({{"last-modified", modified}, {"date", modified}})), std::nullopt);
  EXPECT_EQ(resume_validator(with({{"last-modified", modified}})), std::nullopt);
  EXPECT_EQ(resume_validator(with({{"last-modified", "yesterday"}, date})), std::nullopt);
}

TEST(ExchangeRules, TotalSizeOfAnAnswer) {
  HttpResponse part = with({{"content-range", "bytes 0-9/1234"}, {"content-length", "10"}});
  part.status = 206;
  EXPECT_EQ(part.total_size(), 1234U);
  part.headers = {{"content-range", ""}};
  EXPECT_EQ(part.total_size(), std::nullopt);
  part.headers = {{"content-range", "bytes 0-9/*"}};
  EXPECT_EQ(part.total_size(), std::nullopt);
  HttpResponse whole = with({{"content-length", "10"}});
  whole.status = 200;
  EXPECT_EQ(whole.total_size(), 10U);
}

}  // namespace
}  // namespace mlrepro
