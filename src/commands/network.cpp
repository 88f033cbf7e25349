#include "commands/network.hpp"

#include "services/index/network_settings.hpp"

namespace mlrepro {

HttpClient open_network(const Invocation& invocation) {
  return HttpClient(invocation.offline, invocation.progress,
                    [] { return network_settings(Invocation::apt_folder()); });
}

}  // namespace mlrepro
