#include "services/index/kept_answer.hpp"

#include "codec/digest.hpp"

namespace mlrepro {
namespace {

constexpr std::uint64_t format = 1;

std::string key_of(const std::string& url) {
  return sha256(without_credentials(url)).hex();
}

}  // namespace

void KeptAnswer::ask_whether_same(HttpRequest& request) const {
  if (!etag.empty()) request.headers.emplace_back("If-None-Match", etag);
  if (!modified.empty()) request.headers.emplace_back("If-Modified-Since", modified);
}

std::optional<KeptAnswer> KeptAnswers::find(const std::string& url) const {
  if (url.starts_with("file:")) return std::nullopt;
  const auto bytes = cache_.find(key_of(url));
  if (!bytes) return std::nullopt;
  CacheReader in(*bytes);
  if (in.number() != format) return std::nullopt;
  KeptAnswer out;
  out.etag = in.text();
  out.modified = in.text();
  out.body = in.text();
  if (in.failed() || !in.rest().empty()) return std::nullopt;
  return out;
}

void KeptAnswers::keep(const std::string& url, const HttpResponse& response) const {
  if (url.starts_with("file:")) return;
  CacheWriter out;
  out.number(format);
  out.text(response.header("etag").value_or(""));
  out.text(response.header("last-modified").value_or(""));
  out.text(response.body);
  cache_.keep(key_of(url), out.bytes());
}

}  // namespace mlrepro
