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
  EXPECT_EQ(pause_before_next(2, 60), milliseconds(60000));
  EXPECT_EQ(pause_before_next(1, 61), std::nullopt);
  EXPECT_EQ(pause_before_next(1, ~std::uint64_t{0}), std::nullopt);
}

TEST(ExchangeRules, WhatAServerAsksFor) {
  const UnixTime at = 1740816000;  // Sat, 01 Mar 2025 08:00:00 GMT
  const auto asked = [&](const std::string& value) {
    return asked_pause(with({{"retry-after", value}}), at);
  };
  EXPECT_EQ(asked_pause(with({}), at), 0U);
  EXPECT_EQ(asked("0"), 0U);
  EXPECT_EQ(asked("120"), 120U);
  EXPECT_EQ(asked("99999999999999999999999"), ~std::uint64_t{0});
  EXPECT_EQ(asked("Sat, 01 Mar 2025 08:01:00 GMT"), 60U);
  EXPECT_EQ(asked("Sat, 01 Mar 2025 07:59:00 GMT"), 0U);
  for (const char* text : {"", "-1", "1.5", "1e9", "soon", "Sat, 01 Mar", "Sat, 41 Mar 2025 08:01:00 GMT"})
    EXPECT_EQ(asked(text), 0U) << text;
  // By the clock that wrote it, whatever ours says.
  EXPECT_EQ(asked_pause(with({{"retry-after", "Sat, 01 Mar 2025 08:01:00 GMT"},
                              {"date", "Sat, 01 Mar 2025 08:00:50 GMT"}}),
                        0),
            10U);
}

TEST(ExchangeRules, BusyIsWhoSaysSo) {
  HttpResponse response = with({});
  response.status = 429;
  EXPECT_TRUE(is_busy(response));
  response.status = 503;
  EXPECT_FALSE(is_busy(response));
  response.headers = {{"retry-after", "1"}};
  EXPECT_TRUE(is_busy(response));
  response.status = 500;
  EXPECT_FALSE(is_busy(response));
}

TEST(ExchangeRules, StatusInWords) {
  HttpResponse response = with({});
  response.status = 404;
  EXPECT_EQ(status_words(response), "404");
  EXPECT_EQ(status_advice(response, "look elsewhere"), "look elsewhere");
  response.status = 429;
  response.retry_after = 7200;
  EXPECT_EQ(status_words(response), "429 (too many requests; it asks to wait 7200 s)");
  EXPECT_NE(status_advice(response, "look elsewhere"), "look elsewhere");
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
