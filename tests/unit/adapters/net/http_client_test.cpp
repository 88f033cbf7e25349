// The event loop on file: URLs, which need no network.
#include "adapters/net/http_client.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <stdexcept>

#include "base/error.hpp"
#include "base/file.hpp"
#include "support/archives.hpp"

namespace mlrepro {
namespace {

namespace fs = std::filesystem;

class HttpClientTest : public ::testing::Test {
 protected:
  HttpClientTest()
      : folder_(fs::path(::testing::TempDir()) / ("http-client-test." + std::to_string(::getpid()))) {
    fs::remove_all(folder_);
    testing::write_bytes(folder_ / "a", "0123456789");
    testing::write_bytes(folder_ / "empty", "");
  }
  ~HttpClientTest() override { fs::remove_all(folder_); }

  [[nodiscard]] HttpRequest ask(const std::string& name) const {
    HttpRequest request;
    request.url = "file://" + (folder_ / name).string();
    return request;
  }

  fs::path folder_;
};

TEST_F(HttpClientTest, FilesAreServedOfflineToo) {
  HttpClient client(true);
  const auto answer = client.get(ask("a"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "0123456789");
  EXPECT_EQ(client.get(ask("empty")).body, "");
  EXPECT_EQ(client.use().requests, 2U);
  EXPECT_EQ(client.use().bytes, 10U);
}

TEST_F(HttpClientTest, SettingsAreReadForTheNetworkAlone) {
  const auto settings = []() -> HttpSettings { throw std::logic_error("read"); };
  HttpClient client(false, nullptr, settings);
  EXPECT_EQ(client.get(ask("a")).status, 200);
  HttpRequest far;
  far.url = "http://index.test/";
  EXPECT_THROW((void)client.get(far), std::logic_error);
  HttpClient offline(true, nullptr, settings);
  EXPECT_THROW((void)offline.get(far), Error);
}

TEST_F(HttpClientTest, PartsOfFiles) {
  HttpClient client;
  HttpRequest part = ask("a");
  part.range = {2, 4};
  const auto middle = client.get(part);
  EXPECT_EQ(middle.status, 206);
  EXPECT_EQ(middle.body, "234");
  HttpRequest end = ask("a");
  end.suffix = 3;
  EXPECT_EQ(client.get(end).body, "789");
}

TEST_F(HttpClientTest, FileThatIsMissingIsNotFound) {
  HttpClient client;
  long status = 0;
  client.submit(ask("none"), [&](const HttpResponse& response) { status = response.status; });
  client.run();
  EXPECT_EQ(status, 404);
  try {
    (void)client.get(ask("none"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "http-status");
  }
}

TEST_F(HttpClientTest, BoundHolds) {
  HttpClient client;
  HttpRequest request = ask("a");
  request.max_bytes = 9;
  try {
    (void)client.get(request);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "too-large");
  }
  request.max_bytes = 10;
  EXPECT_EQ(client.get(request).body.size(), 10U);
}

TEST_F(HttpClientTest, HandlersMaySubmitMore) {
  HttpClient client;
  int answered = 0;
  std::function<void(const HttpResponse&)> next = [&](const HttpResponse& response) {
    EXPECT_EQ(response.status, 200);
    if (++answered < 300) client.submit(ask("a"), next);
  };
  client.submit(ask("a"), next);
  client.run();
  EXPECT_EQ(answered, 300);
}

TEST_F(HttpClientTest, ManyAtOnce) {
  HttpClient client;
  std::map<int, std::string> got;
  for (int i = 0; i < 500; ++i) {
    HttpRequest request = ask("a");
    request.sink = [&got, i](std::string_view piece) { got[i].append(piece); };
    client.submit(std::move(request), [](const HttpResponse& response) { EXPECT_EQ(response.body, ""); });
  }
  client.run();
  EXPECT_EQ(got.size(), 500U);
  for (const auto& [number, text] : got)
    EXPECT_EQ(text, "0123456789") << number;
}

TEST_F(HttpClientTest, WhatAHandlerThrowsEndsAllAndTheClientStaysUsable) {
  HttpClient client;
  for (int i = 0; i < 3; ++i)
    client.submit(ask("a"), [](const HttpResponse&) { throw std::runtime_error("enough"); });
  EXPECT_THROW(client.run(), std::runtime_error);
  client.run();
  EXPECT_EQ(client.get(ask("a")).status, 200);
}

TEST_F(HttpClientTest, OfflineRefusesAndHidesPasswords) {
  HttpClient client(true);
  HttpRequest request;
  request.url = "https://user:secret@index.example.org/simple/";
  try {
    client.submit(request, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "offline");
    EXPECT_EQ(error.message().find("secret"), std::string::npos);
  }
}

TEST_F(HttpClientTest, OtherSchemesAreRefused) {
  HttpClient client;
  for (const char* url :
       {"ftp://files.example.org/a", "gopher://127.0.0.1/", "dict://127.0.0.1/", "no url", ""}) {
    HttpRequest request;
    request.url = url;
    EXPECT_THROW((void)client.get(request), Error) << url;
  }
}

TEST_F(HttpClientTest, FailureGoesToItsOwnHandler) {
  HttpClient client;
  HttpRequest request;
  request.url = "ftp://files.example.org/a";
  std::string code;
  request.failed = [&](const Error& error) { code = error.code(); };
  client.submit(std::move(request), [](const HttpResponse&) { FAIL(); });
  client.run();
  EXPECT_EQ(code, "network");
}

TEST(Url, ReferencesAreResolved) {
  EXPECT_EQ(resolve_url("http://a.example.org/simple/x/", "../../files/y.whl"),
            "http://a.example.org/files/y.whl");
  EXPECT_EQ(resolve_url("http://a.example.org/simple/x/", "https://b.example.org/y"),
            "https://b.example.org/y");
  EXPECT_EQ(resolve_url("no base", "y"), std::nullopt);
}

TEST(Url, CredentialsAreTakenOut) {
  EXPECT_EQ(without_credentials("https://me:secret@a.example.org/x"), "https://a.example.org/x");
  EXPECT_EQ(without_credentials("https://a.example.org/x"), "https://a.example.org/x");
  EXPECT_EQ(without_credentials("::: secret@host").find("secret"), std::string::npos);
}

}  // namespace
}  // namespace mlrepro
