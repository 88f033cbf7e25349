#include "adapters/net/busy_servers.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace mlrepro {

std::string origin_of(const std::string& url) {
  const auto start = url.find("://");
  if (start == std::string::npos) return to_lower(url.substr(0, url.find(':')));
  const auto authority = start + 3;
  const auto end = std::min(url.find_first_of("/?#", authority), url.size());
  const auto at = url.rfind('@', end);
  const auto host = at == std::string::npos || at < authority ? authority : at + 1;
  return to_lower(url.substr(0, authority) + url.substr(host, end - host));
}

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
