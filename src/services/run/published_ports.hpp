// -p: ports of the machine that lead into a run.
#pragma once

#include <string>
#include <vector>

#include "adapters/container/private_network.hpp"

namespace mlrepro {

// -p [[ADDRESS:][OUTSIDE]:]INSIDE[/tcp|/udp], an IPv6 address in brackets; without OUTSIDE it is 0. Throws
// Error(input, "bad-port").
[[nodiscard]] PublishedPort parse_port(const std::string& text);

// Inverse of parse_port: "127.0.0.1:8080:80/udp".
[[nodiscard]] std::string port_text(const PublishedPort& port);

// Gives each whose `outside` is 0 a free one. Throws Error(surroundings, "port-taken") where one cannot be
// bound, naming why.
void take_ports(std::vector<PublishedPort>& ports);

// "127.0.0.1:8080", as an address to connect to from this machine.
[[nodiscard]] std::string address_of(const PublishedPort& port);

}  // namespace mlrepro
