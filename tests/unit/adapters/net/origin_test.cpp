#include "adapters/net/origin.hpp"

#include <gtest/gtest.h>

namespace mlrepro {
namespace {

TEST(Origin, IsSchemeHostAndPort) {
  EXPECT_EQ(origin_of("https://Index.example.org/simple/a"), "https://index.example.org");
  EXPECT_EQ(origin_of("http://me:secret@127.0.0.1:8080/x@y"), "http://127.0.0.1:8080");
  EXPECT_EQ(origin_of("http://a.example.org?x=//b"), "http://a.example.org");
  EXPECT_EQ(origin_of("http://a.example.org"), "http://a.example.org");
  EXPECT_EQ(origin_of("http://a@b@c.example.org/"), "http://c.example.org");
  EXPECT_EQ(origin_of("file:/etc/x"), "file");
  EXPECT_EQ(origin_of(""), "");
}

TEST(Credentials, GoWithEveryUrlOfTheirOriginThatHasNone) {
  Credentials credentials;
  const auto completed = [&](std::string url) {
    credentials.complete(url);
    return url;
  };
  EXPECT_EQ(completed("https://index.example.org/a"), "https://index.example.org/a");
  EXPECT_EQ(completed("https://me:secret@index.example.org/simple"),
            "https://me:secret@index.example.org/simple");
  EXPECT_EQ(completed("https://INDEX.example.org/a@b"), "https://me:secret@INDEX.example.org/a@b");
  EXPECT_EQ(completed("https://other@index.example.org/x"), "https://other@index.example.org/x");
  EXPECT_EQ(completed("https://index.example.org/x"), "https://me:secret@index.example.org/x");
  EXPECT_EQ(completed("http://index.example.org/x"), "http://index.example.org/x");
  EXPECT_EQ(completed("https://index.example.org:8443/x"), "https://index.example.org:8443/x");
  EXPECT_EQ(completed("file:///x"), "file:///x");
}

}  // namespace
}  // namespace mlrepro
