#include "services/python_build/build_environments.hpp"

#include <utility>
#include <variant>

#include "base/error.hpp"
#include "base/text.hpp"
#include "services/resolve/conflict.hpp"

namespace mlrepro {

BuildEnvironments::BuildEnvironments(PythonRequest request, SourceBuilder& builder,
                                     std::function<void(const PythonSolution&)> fetch, HttpClient& client,
                                     const BlobStore& store)
    : request_(std::move(request)), fetch_(std::move(fetch)), client_(client), store_(store) {
  request_.sources = &builder;
  request_.constraints.clear();
  request_.overrides.clear();
  request_.hashes.clear();
  request_.requires_python.reset();
  request_.exclude_newer_than_pins = false;
}

std::vector<PythonPackage> BuildEnvironments::packages(const std::string& what,
                                                       const std::vector<std::string>& requires_,
                                                       const std::map<std::string, std::string>& preferred,
                                                       std::optional<UnixTime> exclude_newer) {
  std::string key = exclude_newer ? std::to_string(*exclude_newer) : std::string();
  key += "\n" + join(requires_, "\n");
  for (const auto& [name, version] : preferred)
    key += "\n" + name + " " + version;
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  PythonRequest request = request_;
  request.requirements = requires_;
  request.preferred = preferred;
  request.exclude_newer = exclude_newer;
  if (!index_) {
    index_ = network_source(request_, client_, store_);
    witnessed_.emplace(*index_);
  }
  NoProgress quiet;  // the manifest says nothing of these packages
  auto answer = resolve_python(request, *witnessed_, quiet);
  if (const auto* conflict = std::get_if<Conflict>(&answer)) {
    throw Error(ErrorKind::input, "build-conflict",
                "the build requirements of " + what + " cannot be met: " + describe(*conflict),
                "use a version that has a wheel");
  }
  auto& solution = std::get<PythonSolution>(answer);
  fetch_(solution);
  return known_[key] = std::move(solution.packages);
}

std::optional<std::vector<PageRead>> BuildEnvironments::pages_read() const {
  return witnessed_ ? witnessed_->pages() : std::vector<PageRead>{};
}

}  // namespace mlrepro
