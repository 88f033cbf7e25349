#include "adapters/net/origin.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"

namespace mlrepro {
namespace {

// Places in "scheme://user:password@host:port/path".
struct Authority {
  std::size_t begin = 0;
  std::size_t host = 0;
  std::size_t end = 0;
};

std::optional<Authority> authority_of(const std::string& url) {
  const auto start = url.find("://");
  if (start == std::string::npos) return std::nullopt;
  const auto begin = start + 3;
  const auto end = std::min(url.find_first_of("/?#", begin), url.size());
  const auto at = url.rfind('@', end);
  return Authority{begin, at == std::string::npos || at < begin ? begin : at + 1, end};
}

}  // namespace

std::string origin_of(const std::string& url) {
  const auto authority = authority_of(url);
  if (!authority) return to_lower(url.substr(0, url.find(':')));
  const auto& [begin, host, end] = *authority;
  return to_lower(url.substr(0, begin) + url.substr(host, end - host));
}

void Credentials::complete(std::string& url) {
  const auto authority = authority_of(url);
  if (!url.starts_with("http") || !authority) return;
  const std::string own = url.substr(authority->begin, authority->host - authority->begin);
  if (own.size() > 1) {
    known_.try_emplace(origin_of(url), own);
    return;
  }
  if (known_.empty()) return;
  const auto known = known_.find(origin_of(url));
  if (known != known_.end()) url.insert(authority->begin, known->second);
}

}  // namespace mlrepro
