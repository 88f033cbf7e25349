// Answers of servers that are kept as they came, with what asks whether they are still the same.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "adapters/net/http_client.hpp"
#include "services/index/index_cache.hpp"
#include "services/index/validators.hpp"

namespace mlrepro {

struct KeptAnswer {
  Validators validators;
  std::string body;
};

// By URL. Files of this machine (file:) are not kept.
class KeptAnswers {
 public:
  explicit KeptAnswers(const std::filesystem::path& folder) : cache_(folder) {}
  [[nodiscard]] std::optional<KeptAnswer> find(const std::string& url) const;
  void keep(const std::string& url, const HttpResponse& response) const;

 private:
  IndexCache cache_;
};

}  // namespace mlrepro
