#include "services/run/published_ports.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace mlrepro {
namespace {

void expect_port(const std::string& text, const std::string& address, int outside, int inside, bool udp) {
  const PublishedPort port = parse_port(text);
  EXPECT_EQ(port.address, address) << text;
  EXPECT_EQ(port.outside, outside) << text;
  EXPECT_EQ(port.inside, inside) << text;
  EXPECT_EQ(port.udp, udp) << text;
}

TEST(PublishedPorts, DockersForms) {
  expect_port("80", "", 0, 80, false);
  expect_port("80/udp", "", 0, 80, true);
  expect_port("8080:80", "", 8080, 80, false);
  expect_port("127.0.0.1:8080:80/tcp", "127.0.0.1", 8080, 80, false);
  expect_port("127.0.0.1::80", "127.0.0.1", 0, 80, false);
  expect_port("[::1]:8080:65535/udp", "::1", 8080, 65535, true);
}

TEST(PublishedPorts, WhatIsNoneIsRefused) {
  for (const char* text :
       {"",        ":",        ":80",          "80:",       "0",        "80:0",        "65536",
        "a:80",    "80:80:80", "127.0.0.1:80", "::1:80:80", "[::1]:80", "[::1:80:80",  "[127.0.0.1]:80:80",
        "80/",     "80/TCP",   "80/sctp",      "-1",        "80-90",    "1.2.3:80:80", ":80:80",
        "[]:80:80"})
    EXPECT_THROW((void)parse_port(text), Error) << text;
}

TEST(PublishedPorts, FreeOnesAreTakenAndTold) {
  std::vector<PublishedPort> ports{
      {"127.0.0.1", 0, 80, false}, {"127.0.0.1", 0, 81, false}, {"", 0, 53, true}};
  take_ports(ports);
  for (const auto& port : ports)
    EXPECT_NE(port.outside, 0);
  EXPECT_NE(ports[0].outside, ports[1].outside);
  EXPECT_EQ(address_of(ports[0]), "127.0.0.1:" + std::to_string(ports[0].outside));
  EXPECT_EQ(address_of({"", 8080, 80, false}), "127.0.0.1:8080");
  EXPECT_EQ(address_of({"::1", 8080, 80, false}), "[::1]:8080");
}

TEST(PublishedPorts, ReadAsTheyAreWritten) {
  for (const std::string text : {"80", "8080:80", "127.0.0.1:8080:80/udp", "[::1]:8080:80", "53:53/udp"})
    EXPECT_EQ(port_text(parse_port(text)), text);
}

}  // namespace
}  // namespace mlrepro
