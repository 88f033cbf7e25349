#include "services/index/network_settings.hpp"

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/environment.hpp"
#include "base/text.hpp"
#include "services/index/apt_config.hpp"
#include "services/index/pip_config.hpp"
#include "standards/deb/control.hpp"

namespace mlrepro {
namespace {

constexpr const char* by_apt = "apt's configuration";
constexpr const char* by_pip = "pip's configuration";

std::optional<Setting> first_of(std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (auto value = environment(name)) return Setting{std::move(*value), name};
  return std::nullopt;
}

// An option of pip: the environment, else the configuration.
std::optional<Setting> pip_setting(const std::map<std::string, std::string>& config, const char* variable,
                                   const std::string& key) {
  if (auto value = environment(variable)) return Setting{std::move(*value), variable};
  if (auto value = pip_option(config, key)) return Setting{std::move(*value), by_pip};
  return std::nullopt;
}

SideSettings pip_side() {
  SideSettings side;
  const auto config = read_pip_config();
  // pip itself knows nothing of SSL_CERT_FILE, and uv of nothing else.
  auto authorities = pip_setting(config, env::pip_cert, "cert");
  if (!authorities) authorities = first_of({env::requests_ca_bundle, env::curl_ca_bundle});
  for (const auto& setting : {authorities, first_of({env::ssl_cert_file})})
    if (setting) side.authorities[""].push_back(*setting);
  if (const auto proxy = pip_setting(config, env::pip_proxy, "proxy"))
    side.proxies["http"] = side.proxies["https"] = *proxy;
  if (const auto hosts = pip_setting(config, env::pip_trusted_host, "trusted-host")) {
    for (const auto host : split_words(hosts->value))
      side.unchecked[to_lower(host)] = hosts->from;
  }
  return side;
}

SideSettings apt_side(const std::filesystem::path& apt_folder) {
  SideSettings side;
  const auto authorities = first_of({env::ssl_cert_file, env::curl_ca_bundle});
  if (authorities) side.authorities[""].push_back(*authorities);
  for (const auto& [key, value] : read_apt_config(apt_folder)) {
    const bool secure = key.starts_with("acquire::https::");
    if (!secure && !key.starts_with("acquire::http::")) continue;
    const std::string scheme = secure ? "https" : "http";
    const std::string name = key.substr(std::string_view("acquire::").size() + scheme.size() + 2);
    const Setting setting{to_lower(value) == "direct" ? "" : value, by_apt};
    if (name == "proxy") {
      side.proxies[scheme] = setting;
    } else if (name.starts_with("proxy::")) {
      side.proxies[scheme + " " + name.substr(7)] = setting;
    }
    if (!secure) continue;
    // "CAInfo" for all, "HOST::CAInfo" for one.
    const auto colons = name.rfind("::");
    const std::string host = colons == std::string::npos ? "" : name.substr(0, colons);
    const std::string last = colons == std::string::npos ? name : name.substr(colons + 2);
    if (last == "cainfo") {
      side.authorities[host] = {setting};
      if (authorities) side.authorities[host].push_back(*authorities);
    }
    if (last == "verify-peer" && !deb::parse_boolean(value).value_or(true)) side.unchecked[host] = by_apt;
  }
  // apt.conf(5): https goes through the proxy of http where it has none of its own.
  const auto proxies = side.proxies;
  for (const auto& [key, proxy] : proxies)
    if (key == "http" || key.starts_with("http ")) side.proxies.try_emplace("https" + key.substr(4), proxy);
  return side;
}

}  // namespace

HttpSettings network_settings(const std::filesystem::path& apt_folder) {
  return {pip_side(), apt_side(apt_folder)};
}

}  // namespace mlrepro
