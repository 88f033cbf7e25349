// Every environment variable that mlrepro reads, in one place.
#pragma once

#include <optional>
#include <string>

namespace mlrepro {

namespace env {
inline constexpr const char* cache_dir = "MLREPRO_CACHE_DIR";            // cache and store
inline constexpr const char* xdg_cache_home = "XDG_CACHE_HOME";          // parent of the default cache
inline constexpr const char* home = "HOME";                              // ~/.cache, ~/.config/pip
inline constexpr const char* no_color = "NO_COLOR";                      // no colour where set and not empty
inline constexpr const char* term = "TERM";                              // "dumb": no bars
inline constexpr const char* pip_index_url = "PIP_INDEX_URL";            // Python index, first
inline constexpr const char* uv_default_index = "UV_DEFAULT_INDEX";      // Python index, second
inline constexpr const char* pip_config_file = "PIP_CONFIG_FILE";        // pip's configuration file
inline constexpr const char* xdg_config_home = "XDG_CONFIG_HOME";        // pip's user configuration
inline constexpr const char* pip_cert = "PIP_CERT";                      // authorities, of what pip asks
inline constexpr const char* pip_proxy = "PIP_PROXY";                    // proxy, of what pip asks
inline constexpr const char* pip_trusted_host = "PIP_TRUSTED_HOST";      // hosts whose certificate may be any
inline constexpr const char* ssl_cert_file = "SSL_CERT_FILE";            // certificate authorities
inline constexpr const char* ssl_cert_dir = "SSL_CERT_DIR";              // a folder of them
inline constexpr const char* curl_ca_bundle = "CURL_CA_BUNDLE";          // certificate authorities
inline constexpr const char* requests_ca_bundle = "REQUESTS_CA_BUNDLE";  // certificate authorities
inline constexpr const char* git_ssl_cainfo = "GIT_SSL_CAINFO";          // certificate authorities, for git
inline constexpr const char* request_method = "REQUEST_METHOD";          // where set, HTTP_PROXY is not ours
inline constexpr const char* apt_conf = "APT_CONFIG";                    // apt's configuration, a file of it
inline constexpr const char* apt_config = "MLREPRO_APT_DIR";             // folder read instead of /etc/apt
inline constexpr const char* oci_runtime = "MLREPRO_OCI_RUNTIME";  // crun, runc or a path: no trial of others
inline constexpr const char* cdi_dir = "MLREPRO_CDI_DIR";  // read instead of /etc/cdi and /var/run/cdi
inline constexpr const char* driver_root = "MLREPRO_DRIVER_ROOT";  // where NVIDIA's driver is looked for: /
inline constexpr const char* path = "PATH";                        // programs, and the pip beside python3
}  // namespace env

// The value, absent where unset or empty.
[[nodiscard]] std::optional<std::string> environment(const char* name);

}  // namespace mlrepro
