// How servers are reached and judged: certificate authorities, hosts whose certificate nobody checks, and
// proxies. apt and pip are configured apart, so each has its own.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro {

enum class Side { python, os };  // whose configuration counts for a request

struct Setting {
  std::string value;
  std::string from;  // who says so, for messages: "PIP_CERT", "apt's configuration"
};

struct SideSettings {
  // By host in lower case, "" for all others: files of authorities in PEM, or folders of them as OpenSSL has
  // them. What any of them knows is trusted.
  std::map<std::string, std::vector<Setting>> authorities = {};
  // By "http" or "https", the scheme of what is asked for, or "http HOST": the proxy's URL, "" for none.
  std::map<std::string, Setting> proxies = {};
  // "HOST" or "HOST:PORT" in lower case, or "" for all -> who says so.
  std::map<std::string, std::string> unchecked = {};
};

struct HttpSettings {
  SideSettings python = {};
  SideSettings os = {};
};

// What counts for one URL.
struct Route {
  std::vector<Setting> authorities;      // each place once; none: libcurl's own
  std::optional<Setting> proxy;          // absent, or an empty value: none
  std::optional<std::string> unchecked;  // who says that its certificate is not to be checked
};

// Without a proxy of its own, those of the environment count: SCHEME_proxy, SCHEME_PROXY, all_proxy,
// ALL_PROXY; no_proxy is libcurl's to judge, and counts for all. A proxy without scheme is http, without port
// at port 80.
[[nodiscard]] Route route_of(const SideSettings& settings, const std::string& url);

// "http://host:3128" of a proxy's URL: for messages.
[[nodiscard]] std::string shown_proxy(const std::string& url);

}  // namespace mlrepro
