// Files from file: URLs: another URL where one fails, and nothing kept that is not what was asked for.
#include "services/fetch/fetcher.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/error.hpp"
#include "base/file.hpp"
#include "support/archives.hpp"

namespace mlrepro {
namespace {

namespace fs = std::filesystem;

class CountingProgress final : public Progress {
 public:
  void update(std::string_view, std::uint64_t done, std::uint64_t total, Unit) override {
    EXPECT_LE(done, total);
    done_ = done;
    total_ = total;
  }
  void finish(std::string_view) override { ++finished_; }
  void warning(std::string_view) override {}
  void note(std::string_view) override {}
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
  int finished_ = 0;
};

class FetcherTest : public ::testing::Test {
 protected:
  FetcherTest() : store_(folder_ / "store") {}
  ~FetcherTest() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string url(const std::string& name) const {
    return "file://" + (folder_ / "files" / name).string();
  }

  std::string serve(const std::string& name, const std::string& bytes) const {
    testing::write_bytes(folder_ / "files" / name, bytes);
    return url(name);
  }

  static FetchItem item(const std::string& bytes, std::vector<std::string> urls) {
    return {"demo_1.0_all.deb", std::move(urls), sha256(bytes), bytes.size()};
  }

  std::string code_of(const std::vector<FetchItem>& items) {
    try {
      fetch(items);
    } catch (const Error& error) {
      message_ = error.message();
      return error.code();
    }
    return "";
  }

  void fetch(const std::vector<FetchItem>& items) {
    HttpClient client;
    fetch_all(items, client, store_, progress_);
    requests_ = client.use().requests;
  }

  void expect_nothing_half_done() const {
    if (fs::exists(folder_ / "store/tmp")) {
      EXPECT_TRUE(fs::is_empty(folder_ / "store/tmp"));
    }
  }

  static fs::path fresh_folder() {
    fs::path folder = fs::path(::testing::TempDir()) / ("fetcher-test." + std::to_string(::getpid()));
    fs::remove_all(folder);
    return folder;
  }

  fs::path folder_ = fresh_folder();
  BlobStore store_;
  CountingProgress progress_;
  std::string message_;
  std::uint64_t requests_ = 0;
};

TEST_F(FetcherTest, BringsFilesIntoTheStoreOnce) {
  const std::vector<FetchItem> items{item("one", {serve("a", "one")}), item("two", {serve("b", "two")}),
                                     item("one", {serve("c", "one")})};
  fetch(items);
  EXPECT_EQ(requests_, 2U);
  for (const auto& each : items)
    EXPECT_TRUE(store_.find(each.sha256));
  EXPECT_EQ(progress_.done_, 6U);
  EXPECT_EQ(progress_.total_, 6U);
  fetch(items);
  EXPECT_EQ(requests_, 0U);
  EXPECT_EQ(progress_.finished_, 1);
}

TEST_F(FetcherTest, MoreFilesThanDescriptors) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few{std::min<rlim_t>(before.rlim_cur, 256), before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  std::vector<FetchItem> items;
  for (int i = 0; i < 280; ++i) {
    const std::string name = std::to_string(i);
    items.push_back(item("file " + name, {serve(name, "file " + name)}));
  }
  EXPECT_EQ(code_of(items), "") << message_;
  ::setrlimit(RLIMIT_NOFILE, &before);
  for (const auto& each : items)
    EXPECT_TRUE(store_.contains(each.sha256, each.size));
  expect_nothing_half_done();
}

TEST_F(FetcherTest, EmptyFile) {
  fetch({item("", {serve("a", "")})});
  EXPECT_TRUE(store_.find(sha256("")));
}

TEST_F(FetcherTest, NextUrlWhereOneFails) {
  const std::vector<std::string> firsts{url("missing"), serve("flipped", "?!?!?"), serve("short", "123"),
                                        serve("long", "1234567"), "ftp://files.example.org/x"};
  for (std::size_t i = 0; i < firsts.size(); ++i) {
    const std::string bytes = "1234" + std::to_string(i);
    EXPECT_EQ(code_of({item(bytes, {firsts[i], serve("right", bytes)})}), "") << firsts[i];
    EXPECT_TRUE(store_.find(sha256(bytes))) << firsts[i];
    EXPECT_EQ(progress_.done_, 5U) << firsts[i];
    expect_nothing_half_done();
  }
}

TEST_F(FetcherTest, SaysWhyWhereAllFail) {
  EXPECT_EQ(code_of({item("12345", {url("missing")})}), "http-status");
  EXPECT_NE(message_.find("demo_1.0_all.deb"), std::string::npos);
  EXPECT_EQ(code_of({item("12345", {url("missing"), serve("flipped", "12344")})}), "hash-mismatch");
  EXPECT_NE(message_.find("demo_1.0_all.deb"), std::string::npos);
  EXPECT_EQ(code_of({item("12345", {serve("long", "123456")})}), "too-large");
  EXPECT_EQ(code_of({item("12345", {})}), "network");
  EXPECT_FALSE(store_.contains(sha256("12345")));
  expect_nothing_half_done();
}

TEST_F(FetcherTest, WhatWasWholeStaysWhereAnotherFails) {
  EXPECT_EQ(code_of({item("good", {serve("good", "good")}), item("12345", {url("missing")})}), "http-status");
  expect_nothing_half_done();
}

TEST_F(FetcherTest, OfflineNeedsNothingThatIsHere) {
  const std::vector<FetchItem> items{item("one", {"https://files.example.org/one"})};
  HttpClient offline(true);
  EXPECT_THROW(fetch_all(items, offline, store_, progress_), Error);
  store_.put("one");
  fetch_all(items, offline, store_, progress_);
}

}  // namespace
}  // namespace mlrepro
