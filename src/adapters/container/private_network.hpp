// A network namespace that is joined to the machine's network by pasta (of passt), or without it by
// slirp4netns, without root: outgoing connections, and the published ports alone come in.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace mlrepro {

struct PublishedPort {
  std::string address;  // of the machine, numeric; empty: all of them
  std::uint16_t outside = 0;
  std::uint16_t inside = 0;
  bool udp = false;
};

// Where a name server has to be asked in there: that is passed on to the machine's own.
[[nodiscard]] std::string private_name_server();

// Lives as long as this object; ends too where this process is killed.
class PrivateNetwork {
 public:
  // Joins the network namespace of `process`; when it returns, the ports are open. `folder` is an empty one
  // of ours for as long as it lives. Throws Error(surroundings, "no-pasta") where neither is installed,
  // Error(surroundings, "network") with what it said where it cannot.
  PrivateNetwork(pid_t process, const std::vector<PublishedPort>& ports, const std::filesystem::path& folder);
  PrivateNetwork(const PrivateNetwork&) = delete;
  PrivateNetwork& operator=(const PrivateNetwork&) = delete;
  ~PrivateNetwork();

 private:
  void end();

  pid_t keeper_ = -1;
};

}  // namespace mlrepro
