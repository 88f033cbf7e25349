#include "adapters/net/busy_servers.hpp"

#include <algorithm>

namespace mlrepro {

bool BusyServers::busy(const std::string& origin, Time until, Time now) {
  Server& server = servers_[origin];
  const bool news = server.free_at <= now && until > now;
  server.free_at = std::max(server.free_at, until);
  return news;
}

BusyServers::Time BusyServers::free_at(const std::string& origin) const {
  const auto found = servers_.find(origin);
  return found == servers_.end() ? Time{} : found->second.free_at;
}

std::uint64_t BusyServers::answers(const std::string& origin) const {
  const auto found = servers_.find(origin);
  return found == servers_.end() ? 0 : found->second.answers;
}

}  // namespace mlrepro
