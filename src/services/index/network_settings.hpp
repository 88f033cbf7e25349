// What apt and pip are told of proxies and certificates, which counts for us as well.
#pragma once

#include <filesystem>

#include "adapters/net/http_settings.hpp"

namespace mlrepro {

// os:      Acquire::{http,https}::Proxy[::HOST], Acquire::https[::HOST]::{CAInfo,Verify-Peer} of apt's
//          configuration; besides, the authorities of SSL_CERT_FILE, else CURL_CA_BUNDLE.
// python:  PIP_CERT, PIP_PROXY, PIP_TRUSTED_HOST, else `cert`, `proxy`, `trusted-host` of what pip is
//          configured with; without a `cert` REQUESTS_CA_BUNDLE, else CURL_CA_BUNDLE; besides, those of
//          SSL_CERT_FILE.
[[nodiscard]] HttpSettings network_settings(const std::filesystem::path& apt_folder);

}  // namespace mlrepro
