// Answers of servers that are kept as they came, with what asks whether they are still the same.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "adapters/net/http_client.hpp"
#include "services/index/index_cache.hpp"

namespace mlrepro {

struct KeptAnswer {
  std::string etag;  // validators (RFC 9110 13.1); empty: none
  std::string modified;
  std::string body;

  // Adds If-None-Match and If-Modified-Since; the answer 304 says that `body` stands.
  void ask_whether_same(HttpRequest& request) const;
};

// By URL, which may hold credentials: only its digest is kept. Files of this machine (file:) are not kept.
class KeptAnswers {
 public:
  explicit KeptAnswers(const std::filesystem::path& folder) : cache_(folder) {}
  [[nodiscard]] std::optional<KeptAnswer> find(const std::string& url) const;
  void keep(const std::string& url, const HttpResponse& response) const;

 private:
  IndexCache cache_;
};

}  // namespace mlrepro
