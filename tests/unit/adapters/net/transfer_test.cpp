// What a request makes of answers, told line by line as a server would send them.
#include "adapters/net/transfer.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "base/error.hpp"

namespace mlrepro {
namespace {

using Next = Transfer::Next;
using Outcome = Transfer::Outcome;

class TransferTest : public ::testing::Test {
 protected:
  HttpRequest to_sink() {
    HttpRequest request;
    request.url = "http://files.example.org/a.deb";
    request.sink = [this](std::string_view piece) { got_.append(piece); };
    request.restart = [this] {
      got_.clear();
      ++restarts_;
    };
    return request;
  }

  Transfer make(HttpRequest request) {
    return {std::move(request), [this](const HttpResponse& response) { answer_ = response; }};
  }

  static void head(Transfer& transfer, const std::string& status, const std::vector<std::string>& headers) {
    transfer.begin();
    EXPECT_TRUE(transfer.header_line("HTTP/1.1 " + status + "\r\n"));
    for (const auto& header : headers)
      EXPECT_TRUE(transfer.header_line(header + "\r\n"));
    EXPECT_TRUE(transfer.header_line("\r\n"));
  }

  std::string got_;
  int restarts_ = 0;
  HttpResponse answer_;
};

TEST_F(TransferTest, GoesOnWhereItBroke) {
  Transfer transfer = make(to_sink());
  head(transfer, "200 OK", {"ETag: \"one\"", "Content-Length: 10"});
  EXPECT_TRUE(transfer.body_piece("0123"));
  EXPECT_EQ(transfer.end(Outcome::broken), Next::again);
  head(transfer, "206 Partial Content", {"Content-Range: bytes 4-9/10", "ETag: \"one\""});
  EXPECT_EQ(transfer.resumes_at(), 4U);
  EXPECT_EQ(transfer.if_range(), "\"one\"");
  EXPECT_TRUE(transfer.body_piece("45"));
  EXPECT_EQ(transfer.end(Outcome::broken), Next::again);
  head(transfer, "206 Partial Content", {"Content-Range: bytes 6-9/*"});
  EXPECT_EQ(transfer.resumes_at(), 6U);
  EXPECT_TRUE(transfer.body_piece("6789"));
  EXPECT_EQ(transfer.end(Outcome::answered), Next::deliver);
  transfer.deliver("http://files.example.org/a.deb");
  EXPECT_EQ(got_, "0123456789");
  EXPECT_EQ(restarts_, 0);
  EXPECT_EQ(answer_.status, 200);
  EXPECT_TRUE(answer_.resumed);
}

TEST_F(TransferTest, PageIsResumedToo) {
  HttpRequest request;
  request.url = "http://files.example.org/page";
  Transfer transfer = make(std::move(request));
  EXPECT_TRUE(transfer.may_be_compressed());
  head(transfer, "200 OK", {"ETag: \"one\"", "Content-Length: 4"});
  EXPECT_TRUE(transfer.body_piece("ab"));
  EXPECT_EQ(transfer.end(Outcome::broken), Next::again);
  head(transfer, "206 Partial Content", {"Content-Range: bytes 2-3/4"});
  EXPECT_FALSE(transfer.may_be_compressed());
  EXPECT_TRUE(transfer.body_piece("cd"));
  EXPECT_EQ(transfer.end(Outcome::answered), Next::deliver);
  transfer.deliver("");
  EXPECT_EQ(answer_.body, "abcd");
}

TEST_F(TransferTest, CompressedOrUnmarkedAnswersStartAfresh) {
  for (const auto& headers : std::vector<std::vector<std::string>>{
           {"ETag: \"one\"", "Content-Encoding: gzip"}, {"ETag: W/\"one\""}, {}}) {
    got_.clear();
    restarts_ = 0;
    Transfer transfer = make(to_sink());
    head(transfer, "200 OK", headers);
    EXPECT_TRUE(transfer.body_piece("01"));
    EXPECT_EQ(transfer.end(Outcome::broken), Next::again);
    transfer.begin();
    EXPECT_EQ(transfer.resumes_at(), 0U);
    EXPECT_EQ(restarts_, 1);
    EXPECT_EQ(got_, "");
  }
}

TEST_F(TransferTest, WholeAnswerToAPartStartsAfresh) {
  Transfer transfer = make(to_sink());
  head(transfer, "200 OK", {"ETag: \"one\""});
  EXPECT_TRUE(transfer.body_piece("0123"));
  EXPECT_EQ(transfer.end(Outcome::broken), Next::again);
  head(transfer, "200 OK", {"ETag: \"two\""});
  EXPECT_TRUE(transfer.body_piece("ab"));
  EXPECT_EQ(transfer.end(Outcome::answered), Next::deliver);
  transfer.deliver("");
  EXPECT_EQ(got_, "ab");
  EXPECT_FALSE(answer_.resumed);
}

TEST_F(TransferTest, EmptyWholeAnswerToAPartStartsAfresh) {
  Transfer transfer = make(to_sink());
  head(transfer, "200 OK", {"ETag: \"one\""});
  EXPECT_TRUE(transfer.body_piece("0123"));
  EXPECT_EQ(transfer.end(Outcome::broken), Next::again);
  head(transfer, "200 OK", {"ETag: \"two\"", "Content-Length: 0"});
  EXPECT_EQ(transfer.end(Outcome::answered), Next::deliver);
  EXPECT_EQ(got_, "");
}

TEST_F(TransferTest, PartThatDoesNotFitIsNotTaken) {
  for (const char* range : {"Content-Range: bytes 5-9/10", "Content-Range: bytes 4-9/11",
                            "Content-Range: bytes 4-8/10", "Content-Range: bytes 0-9/10", "X-Other: none"}) {
    got_.clear();
    restarts_ = 0;
    Transfer transfer = make(to_sink());
    head(transfer, "200 OK", {"ETag: \"one\"", "Content-Length: 10"});
    EXPECT_TRUE(transfer.body_piece("0123"));
    EXPECT_EQ(transfer.end(Outcome::broken), Next::again);
    head(transfer, "206 Partial Content", {range});
    EXPECT_FALSE(transfer.body_piece("456789")) << range;
    EXPECT_EQ(got_, "0123");
    EXPECT_EQ(transfer.end(Outcome::refused), Next::again);
    transfer.begin();
    EXPECT_EQ(transfer.resumes_at(), 0U);
    EXPECT_EQ(restarts_, 1);
  }
}

TEST_F(TransferTest, PartShorterThanItSaysStartsAfresh) {
  Transfer transfer = make(to_sink());
  head(transfer, "200 OK", {"ETag: \"one\"", "Content-Length: 10"});
  EXPECT_TRUE(transfer.body_piece("0123"));
  EXPECT_EQ(transfer.end(Outcome::broken), Next::again);
  head(transfer, "206 Partial Content", {"Content-Range: bytes 4-9/10", "Content-Length: 1"});
  EXPECT_TRUE(transfer.body_piece("4"));
  EXPECT_EQ(transfer.end(Outcome::answered), Next::again);
  transfer.begin();
  EXPECT_EQ(transfer.resumes_at(), 0U);
}

TEST_F(TransferTest, RangeThatCannotBeMetStartsAfresh) {
  Transfer transfer = make(to_sink());
  head(transfer, "200 OK", {"ETag: \"one\"", "Content-Length: 10"});
  EXPECT_TRUE(transfer.body_piece("0123"));
  EXPECT_EQ(transfer.end(Outcome::broken), Next::again);
  head(transfer, "416 Range Not Satisfiable", {});
  EXPECT_EQ(transfer.end(Outcome::answered), Next::again);
  transfer.begin();
  EXPECT_EQ(transfer.resumes_at(), 0U);
  EXPECT_EQ(restarts_, 1);
}

TEST_F(TransferTest, BusyServerDoesNotCostWhatHasCome) {
  Transfer transfer = make(to_sink());
  head(transfer, "200 OK", {"ETag: \"one\"", "Content-Length: 10"});
  EXPECT_TRUE(transfer.body_piece("0123"));
  EXPECT_EQ(transfer.end(Outcome::broken), Next::again);
  head(transfer, "503 Service Unavailable", {"Retry-After: 7"});
  EXPECT_TRUE(transfer.body_piece("come back later"));
  EXPECT_EQ(transfer.end(Outcome::answered), Next::again);
  EXPECT_EQ(transfer.pause(), std::chrono::seconds(7));
  transfer.begin();
  EXPECT_EQ(transfer.resumes_at(), 4U);
  EXPECT_EQ(got_, "0123");
}

TEST_F(TransferTest, PageWhoseCompressionHasNoEndIsBroken) {
  HttpRequest request;
  request.url = "http://files.example.org/page";
  Transfer transfer = make(std::move(request));
  head(transfer, "200 OK", {"ETag: \"one\"", "Content-Encoding: gzip", "Content-Length: 10"});
  EXPECT_TRUE(transfer.body_piece(std::string_view("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10)));
  EXPECT_EQ(transfer.end(Outcome::answered), Next::again);
  EXPECT_NE(transfer.fault().find("ends in the middle"), std::string::npos);
  head(transfer, "200 OK", {"ETag: \"one\""});
  EXPECT_EQ(transfer.resumes_at(), 0U);
  EXPECT_EQ(transfer.fault(), "");
  EXPECT_TRUE(transfer.body_piece("ab"));
  EXPECT_EQ(transfer.end(Outcome::answered), Next::deliver);
  transfer.deliver("");
  EXPECT_EQ(answer_.body, "ab");
}

TEST_F(TransferTest, FileThatIsServedAsCompressedIsTakenAsItIs) {
  Transfer transfer = make(to_sink());
  head(transfer, "200 OK", {"Content-Encoding: gzip"});
  EXPECT_TRUE(transfer.body_piece("no gzip at all"));
  EXPECT_EQ(transfer.end(Outcome::answered), Next::deliver);
  EXPECT_EQ(got_, "no gzip at all");
}

TEST_F(TransferTest, CodingsThatNobodyAskedForAreRefused) {
  for (const char* header : {"Content-Encoding: br", "Transfer-Encoding: gzip, chunked"}) {
    HttpRequest request;
    request.url = "http://files.example.org/page";
    Transfer transfer = make(std::move(request));
    head(transfer, "200 OK", {header});
    EXPECT_FALSE(transfer.body_piece("x")) << header;
    EXPECT_EQ(transfer.end(Outcome::refused), Next::again);
    EXPECT_NE(transfer.fault().find("nobody asked for"), std::string::npos);
  }
}

TEST_F(TransferTest, PageThatSaysItIsTooLargeIsNotRead) {
  HttpRequest request;
  request.url = "http://files.example.org/page";
  request.max_bytes = 1000;
  std::string code;
  request.failed = [&](const Error& error) { code = error.code(); };
  Transfer transfer = make(std::move(request));
  head(transfer, "200 OK", {"Content-Length: 10000000000"});
  EXPECT_FALSE(transfer.body_piece("x"));
  EXPECT_EQ(transfer.end(Outcome::refused), Next::fail);
  transfer.fail("unused");
  EXPECT_EQ(code, "too-large");
}

TEST_F(TransferTest, BusyServerThatAnswersOthersIsAskedUntilItIsOurTurn) {
  Transfer transfer = make(to_sink());
  for (int i = 0; i < 50; ++i) {
    head(transfer, "429 Too Many Requests", {"Retry-After: 1"});
    EXPECT_EQ(transfer.end(Outcome::answered, true), Next::again);
    EXPECT_EQ(transfer.pause(), std::chrono::seconds(1));
    EXPECT_TRUE(transfer.was_busy());
  }
  for (const Next next : {Next::again, Next::deliver}) {
    head(transfer, "429 Too Many Requests", {"Retry-After: 1"});
    EXPECT_EQ(transfer.end(Outcome::answered, false), next);
  }
  transfer.deliver("");
  EXPECT_EQ(answer_.retry_after, 1U);
}

TEST_F(TransferTest, ServerThatAsksForTooMuchTimeIsNotAskedAgain) {
  Transfer transfer = make(to_sink());
  head(transfer, "503 Service Unavailable", {"Retry-After: 7200"});
  EXPECT_EQ(transfer.end(Outcome::answered), Next::deliver);
  transfer.deliver("");
  EXPECT_EQ(answer_.retry_after, 7200U);
}

TEST_F(TransferTest, WhatTakesLongIsTriedTwice) {
  Transfer transfer = make(to_sink());
  transfer.begin();
  EXPECT_EQ(transfer.end(Outcome::stalled), Next::again);
  transfer.begin();
  EXPECT_EQ(transfer.end(Outcome::stalled), Next::fail);
}

TEST_F(TransferTest, TriesEnd) {
  Transfer transfer = make(to_sink());
  transfer.begin();
  EXPECT_EQ(transfer.end(Outcome::broken), Next::again);
  transfer.begin();
  EXPECT_EQ(transfer.end(Outcome::broken), Next::again);
  transfer.begin();
  EXPECT_EQ(transfer.end(Outcome::broken), Next::fail);
  try {
    transfer.fail("the connection broke");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "network");
    EXPECT_EQ(error.kind(), ErrorKind::surroundings);
    EXPECT_EQ(error.message(), "cannot fetch http://files.example.org/a.deb: the connection broke");
  }
}

TEST_F(TransferTest, TriesThatBringMuchAreNoFailureInARow) {
  Transfer transfer = make(to_sink());
  const std::string piece(std::size_t{1} << 20, 'x');
  head(transfer, "200 OK", {"ETag: \"one\"", "Content-Length: 20971520"});
  for (std::uint64_t i = 1; i < 20; ++i) {
    EXPECT_TRUE(transfer.body_piece(piece));
    EXPECT_EQ(transfer.end(Outcome::broken), Next::again);
    head(transfer, "206 Partial Content",
         {"Content-Range: bytes " + std::to_string(i << 20) + "-20971519/20971520"});
  }
  EXPECT_TRUE(transfer.body_piece(piece));
  EXPECT_EQ(transfer.end(Outcome::answered), Next::deliver);
  EXPECT_EQ(got_.size(), std::size_t{20} << 20);
}

TEST_F(TransferTest, StatusThatMayPassIsDeliveredInTheEnd) {
  Transfer transfer = make(to_sink());
  for (const Next next : {Next::again, Next::again, Next::deliver}) {
    head(transfer, "503 Service Unavailable", {});
    EXPECT_TRUE(transfer.body_piece("sorry"));
    EXPECT_EQ(transfer.end(Outcome::answered), next);
  }
  transfer.deliver("");
  EXPECT_EQ(answer_.status, 503);
  EXPECT_EQ(answer_.body, "sorry");
  EXPECT_EQ(got_, "");
}

TEST_F(TransferTest, ErrorPageWithoutEndIsLeft) {
  Transfer transfer = make(to_sink());
  head(transfer, "404 Not Found", {});
  const std::string piece(100000, 'x');
  int taken = 0;
  while (transfer.body_piece(piece))
    ASSERT_LT(++taken, 100);
  EXPECT_EQ(transfer.end(Outcome::refused), Next::deliver);
  transfer.deliver("");
  EXPECT_EQ(answer_.status, 404);
  EXPECT_LE(answer_.body.size(), std::size_t{64} << 10);
}

TEST_F(TransferTest, HeadersWithoutEndAreLeft) {
  Transfer transfer = make(to_sink());
  transfer.begin();
  const std::string line = "X-More: " + std::string(1000, 'x');
  int taken = 0;
  while (transfer.header_line(line))
    ASSERT_LT(++taken, 10000);
  EXPECT_EQ(transfer.end(Outcome::refused), Next::fail);
}

TEST_F(TransferTest, BoundHoldsOverAllParts) {
  HttpRequest request = to_sink();
  request.max_bytes = 6;
  const Error* told = nullptr;
  std::string code;
  request.failed = [&](const Error& error) {
    told = &error;
    code = error.code();
  };
  Transfer transfer = make(std::move(request));
  head(transfer, "200 OK", {"ETag: \"one\""});
  EXPECT_TRUE(transfer.body_piece("0123"));
  EXPECT_EQ(transfer.end(Outcome::broken), Next::again);
  head(transfer, "206 Partial Content", {"Content-Range: bytes 4-9/10"});
  EXPECT_FALSE(transfer.body_piece("456789"));
  EXPECT_EQ(transfer.end(Outcome::refused), Next::fail);
  transfer.fail("unused");
  EXPECT_NE(told, nullptr);
  EXPECT_EQ(code, "too-large");
  EXPECT_EQ(got_, "0123");
}

TEST_F(TransferTest, WhatASinkThrowsIsThrownByEnd) {
  HttpRequest request = to_sink();
  request.sink = [](std::string_view) { throw std::runtime_error("disk full"); };
  request.failed = [](const Error&) { FAIL(); };
  Transfer transfer = make(std::move(request));
  head(transfer, "200 OK", {});
  EXPECT_FALSE(transfer.body_piece("x"));
  EXPECT_THROW(static_cast<void>(transfer.end(Outcome::refused)), std::runtime_error);
}

TEST_F(TransferTest, HeadersOfARedirectAreNotThoseOfItsTarget) {
  Transfer transfer = make(to_sink());
  transfer.begin();
  for (const char* line :
       {"HTTP/1.1 302 Found", "ETag: \"old\"", "", "HTTP/2 200", "Content-Type: text/html", ""})
    EXPECT_TRUE(transfer.header_line(line));
  EXPECT_EQ(transfer.end(Outcome::answered), Next::deliver);
  transfer.deliver("http://files.example.org/b");
  EXPECT_EQ(answer_.status, 200);
  EXPECT_EQ(answer_.header("etag"), std::nullopt);
  EXPECT_EQ(answer_.header("content-type"), "text/html");
  EXPECT_EQ(answer_.url, "http://files.example.org/b");
}

TEST_F(TransferTest, WholeFileIsNoAnswerToAnAskedRange) {
  HttpRequest request;
  request.url = "http://files.example.org/a.whl";
  request.range = {10, 19};
  request.max_bytes = 10;
  Transfer transfer = make(std::move(request));
  EXPECT_FALSE(transfer.may_be_compressed());
  head(transfer, "200 OK", {"Content-Length: 100000"});
  EXPECT_FALSE(transfer.body_piece(std::string(1000, 'x')));
  EXPECT_EQ(transfer.end(Outcome::refused), Next::deliver);
  transfer.deliver("");
  EXPECT_EQ(answer_.status, 200);
  EXPECT_EQ(answer_.body, "");
}

}  // namespace
}  // namespace mlrepro
