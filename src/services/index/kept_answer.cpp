#include "services/index/kept_answer.hpp"

namespace mlrepro {
namespace {

constexpr std::uint64_t format = 1;

}  // namespace

std::optional<KeptAnswer> KeptAnswers::find(const std::string& url) const {
  if (url.starts_with("file:")) return std::nullopt;
  const auto kept = cache_.find(cache_key(url));
  if (!kept) return std::nullopt;
  CacheReader in(kept->text);
  if (in.number() != format) return std::nullopt;
  KeptAnswer out;
  out.validators = Validators::read(in);
  out.body = in.text();
  if (in.failed() || !in.rest().empty()) return std::nullopt;
  return out;
}

void KeptAnswers::keep(const std::string& url, const HttpResponse& response) const {
  if (url.starts_with("file:")) return;
  CacheWriter out;
  out.number(format);
  Validators::of(response).write(out);
  out.text(response.body);
  cache_.keep(cache_key(url), out.bytes());
}

}  // namespace mlrepro
