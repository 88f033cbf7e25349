#include "adapters/net/http_settings.hpp"

#include <algorithm>

#include "adapters/net/origin.hpp"
#include "base/environment.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace {

struct Address {
  std::string scheme;
  std::string host;  // without the brackets of an IPv6 address
  std::string port;  // empty: not told
};

// Of "scheme://host:port" in lower case.
Address address_of(const std::string& url) {
  const std::string origin = origin_of(url);
  Address out;
  const auto start = origin.find("://");
  if (start == std::string::npos) return out;
  out.scheme = origin.substr(0, start);
  std::string_view rest = std::string_view(origin).substr(start + 3);
  if (rest.starts_with('[')) {
    const auto end = std::min(rest.find(']'), rest.size());
    out.host = rest.substr(1, end - 1);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (rest.starts_with(':')) out.port = rest.substr(1);
    return out;
  }
  const auto colon = rest.find(':');
  out.host = rest.substr(0, colon);
  if (colon != std::string_view::npos) out.port = rest.substr(colon + 1);
  return out;
}

std::optional<Setting> of_environment(const std::string& scheme) {
  std::vector<std::string> names{scheme + "_proxy"};
  // In a CGI program HTTP_PROXY is the Proxy header of whoever asks (httpoxy).
  if (scheme != "http" || !environment(env::request_method))
    names.push_back(scheme == "http" ? "HTTP_PROXY" : "HTTPS_PROXY");
  names.insert(names.end(), {"all_proxy", "ALL_PROXY"});
  for (const auto& name : names)
    if (auto value = environment(name.c_str())) return Setting{std::move(*value), name};
  return std::nullopt;
}

std::string whole_proxy(std::string url) {
  if (url.empty()) return url;
  if (url.find("://") == std::string::npos) url.insert(0, "http://");
  const auto begin = url.find("://") + 3;
  url.resize(std::min(url.find_first_of("/?#", begin), url.size()));
  if (url.starts_with("http://") && address_of(url).port.empty()) url += ":80";
  return url;
}

template <typename Value>
const Value* find(const std::map<std::string, Value>& map, const std::string& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace

Route route_of(const SideSettings& settings, const std::string& url) {
  Route route;
  const Address address = address_of(url);
  if (address.scheme != "http" && address.scheme != "https") return route;
  const Setting* proxy = find(settings.proxies, address.scheme + " " + address.host);
  if (proxy == nullptr) proxy = find(settings.proxies, address.scheme);
  route.proxy = proxy != nullptr ? std::optional(*proxy) : of_environment(address.scheme);
  if (route.proxy) route.proxy->value = whole_proxy(route.proxy->value);
  const auto* authorities = find(settings.authorities, address.host);
  if (authorities == nullptr) authorities = find(settings.authorities, "");
  if (authorities != nullptr) {
    for (const auto& setting : *authorities) {
      const bool known = std::any_of(route.authorities.begin(), route.authorities.end(),
                                     [&](const auto& other) { return other.value == setting.value; });
      if (!known) route.authorities.push_back(setting);
    }
  }
  const std::string port = address.port.empty() ? "443" : address.port;
  for (const auto& key : {address.host + ":" + port, address.host, std::string()}) {
    if (const auto* from = find(settings.unchecked, key)) {
      route.unchecked = *from;
      break;
    }
  }
  return route;
}

std::string shown_proxy(const std::string& url) {
  return origin_of(url);
}

}  // namespace mlrepro
