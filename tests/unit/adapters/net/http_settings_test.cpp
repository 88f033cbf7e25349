#include "adapters/net/http_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlrepro {
namespace {

SideSettings settings() {
  SideSettings side;
  side.authorities[""] = {{"/all.pem", "ALL"}, {"/all.pem", "AGAIN"}, {"/more.pem", "MORE"}};
  side.authorities["own.test"] = {{"/own.pem", "OWN"}};
  side.proxies["http"] = {"http://proxy.test:3128", "CONFIG"};
  side.proxies["http direct.test"] = {"", "CONFIG"};
  side.proxies["https"] = {"me:secret@proxy.test", "CONFIG"};
  side.unchecked["loose.test"] = "PIP";
  side.unchecked["half.test:8443"] = "PIP";
  return side;
}

TEST(Route, ProxiesGoBySchemeAndHost) {
  EXPECT_EQ(route_of(settings(), "http://a.test/x").proxy->value, "http://proxy.test:3128");
  EXPECT_EQ(route_of(settings(), "http://direct.test/x").proxy->value, "");
  EXPECT_EQ(route_of(settings(), "https://direct.test/x").proxy->value, "http://me:secret@proxy.test:80");
  EXPECT_FALSE(route_of(settings(), "file:///etc/passwd").proxy);
}

TEST(Route, AuthoritiesOfAHostComeBeforeThoseOfAll) {
  const auto all = route_of(settings(), "https://a.test/").authorities;
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].from + all[1].from, "ALLMORE");
  const auto own = route_of(settings(), "https://user@OWN.test:444/").authorities;
  ASSERT_EQ(own.size(), 1U);
  EXPECT_EQ(own[0].value, "/own.pem");
}

TEST(Route, AHostIsUncheckedAtAllPortsOrAtOne) {
  EXPECT_EQ(route_of(settings(), "https://loose.test:1/").unchecked, "PIP");
  EXPECT_EQ(route_of(settings(), "https://half.test:8443/").unchecked, "PIP");
  EXPECT_FALSE(route_of(settings(), "https://half.test/").unchecked);
  EXPECT_FALSE(route_of(settings(), "https://loose.test.example/").unchecked);
  auto port = settings();
  port.unchecked["half.test:443"] = "PIP";
  EXPECT_TRUE(route_of(port, "https://half.test/").unchecked);
}

TEST(Route, AProxyIsShownWithoutItsPassword) {
  EXPECT_EQ(shown_proxy("http://me:secret@Proxy.test:80"), "http://proxy.test:80");
}

}  // namespace
}  // namespace mlrepro
