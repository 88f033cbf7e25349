#include "services/index/validators.hpp"

#include "codec/digest.hpp"

namespace mlrepro {

Validators Validators::of(const HttpResponse& response) {
  return {response.header("etag").value_or(""), response.header("last-modified").value_or("")};
}

void Validators::ask_whether_same(HttpRequest& request) const {
  if (!etag.empty()) request.headers.emplace_back("If-None-Match", etag);
  if (!modified.empty()) request.headers.emplace_back("If-Modified-Since", modified);
}

void Validators::write(CacheWriter& out) const {
  out.text(etag);
  out.text(modified);
}

Validators Validators::read(CacheReader& in) {
  Validators out;
  out.etag = in.text();
  out.modified = in.text();
  return out;
}

std::string cache_key(const std::string& url) {
  return sha256(without_credentials(url)).hex();
}

}  // namespace mlrepro
