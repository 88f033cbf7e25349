#include "services/run/published_ports.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "base/handle.hpp"
#include "base/text.hpp"
#include "services/run/docker_syntax.hpp"

namespace mlrepro {
namespace {

[[noreturn]] void bad_port(const std::string& text, const std::string& why) {
  throw Error(ErrorKind::input, "bad-port", "-p " + text + ": " + why,
              "for example -p 8080:80, -p 127.0.0.1:8080:80 or -p 5353:53/udp");
}

std::uint16_t port_number(const std::string& text, std::string_view digits) {
  const auto number = parse_number(digits);
  if (!number || *number == 0 || *number > 65535)
    bad_port(text, "\"" + std::string(digits) + "\" is no port from 1 to 65535");
  return static_cast<std::uint16_t>(*number);
}

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

// Absent where the text is no numeric address.
std::optional<SocketAddress> socket_address(const std::string& text, std::uint16_t port) {
  SocketAddress address;
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  if (text.empty() || ::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    std::memcpy(&address.storage, &v4, sizeof v4);
    address.size = sizeof v4;
  } else if (::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    std::memcpy(&address.storage, &v6, sizeof v6);
    address.size = sizeof v6;
  } else {
    return std::nullopt;
  }
  return address;
}

std::uint16_t bound_port(const SocketAddress& address) {
  if (address.storage.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address.storage, sizeof v4);
    return ntohs(v4.sin_port);
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address.storage, sizeof v6);
  return ntohs(v6.sin6_port);
}

}  // namespace

PublishedPort parse_port(const std::string& text) {
  check_text(text, "bad-port", "-p " + text);
  PublishedPort port;
  std::string_view rest = text;
  if (const auto slash = rest.find('/'); slash != std::string_view::npos) {
    const auto protocol = rest.substr(slash + 1);
    if (protocol != "tcp" && protocol != "udp")
      bad_port(text, "the protocol is tcp or udp, not \"" + std::string(protocol) + "\"");
    port.udp = protocol == "udp";
    rest = rest.substr(0, slash);
  }
  const auto last = rest.rfind(':');
  port.inside = port_number(text, last == std::string_view::npos ? rest : rest.substr(last + 1));
  if (last == std::string_view::npos) return port;
  rest = rest.substr(0, last);
  const auto before = rest.ends_with(']') ? std::string_view::npos : rest.rfind(':');
  if (rest.ends_with(']')) bad_port(text, "no port of the machine after the address");
  const auto outside = before == std::string_view::npos ? rest : rest.substr(before + 1);
  if (!outside.empty()) port.outside = port_number(text, outside);
  if (before == std::string_view::npos) {
    if (outside.empty()) bad_port(text, "no port of the machine before the colon");
    return port;
  }
  std::string_view address = rest.substr(0, before);
  const bool brackets = address.starts_with('[') && address.ends_with(']');
  if (brackets) address = address.substr(1, address.size() - 2);
  port.address = address;
  const auto known = port.address.empty() ? std::nullopt : socket_address(port.address, 0);
  if (!known || brackets != (known->storage.ss_family == AF_INET6))
    bad_port(text, "\"" + std::string(rest.substr(0, before)) + "\" is no address, as 127.0.0.1 or [::1]");
  return port;
}

std::string port_text(const PublishedPort& port) {
  const bool v6 = port.address.find(':') != std::string::npos;
  const std::string address = v6 ? "[" + port.address + "]" : port.address;
  return (address.empty() ? "" : address + ":") +
         (port.outside == 0 && address.empty() ? "" : std::to_string(port.outside) + ":") +
         std::to_string(port.inside) + (port.udp ? "/udp" : "");
}

void take_ports(std::vector<PublishedPort>& ports) {
  // Held till all have one, so that no two are given the same.
  std::vector<UniqueFd> sockets;
  for (auto& port : ports) {
    auto address = socket_address(port.address, port.outside);
    if (!address) throw Error(ErrorKind::input, "bad-port", port.address + " is no address");
    const int kind = port.udp ? SOCK_DGRAM : SOCK_STREAM;
    UniqueFd socket(::socket(address->storage.ss_family, kind | SOCK_CLOEXEC, 0));
    const int on = 1;
    if (!port.udp) ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    auto* name = reinterpret_cast<sockaddr*>(&address->storage);
    if (!socket.valid() || ::bind(socket.get(), name, address->size) != 0 ||
        (!port.udp && ::listen(socket.get(), 1) != 0)) {
      const int error = errno;
      throw Error(
          ErrorKind::surroundings, "port-taken",
          system_error(error, "publish the port " + address_of(port) + (port.udp ? "/udp" : "")).message(),
          error == EADDRINUSE ? "take another one, or leave it to mlrepro: -p " + std::to_string(port.inside)
                              : "take a port above 1023 and an address of this machine");
    }
    if (::getsockname(socket.get(), name, &address->size) == 0) port.outside = bound_port(*address);
    sockets.push_back(std::move(socket));
  }
}

std::string address_of(const PublishedPort& port) {
  const bool all = port.address.empty() || port.address == "0.0.0.0";
  const bool v6 = port.address.find(':') != std::string::npos;
  return (all  ? "127.0.0.1"
          : v6 ? "[" + port.address + "]"
               : port.address) +
         ":" + std::to_string(port.outside);
}

}  // namespace mlrepro
