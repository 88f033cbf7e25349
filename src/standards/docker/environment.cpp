#include "standards/docker/environment.hpp"

namespace mlrepro::docker {

void Environment::begin_stage(std::optional<std::size_t> parent) {
  Stage stage;
  if (parent && *parent < stages_.size()) {
    const Variables& inherited = stages_[*parent].env;
    std::size_t bytes = 0;
    for (const auto& [name, value] : inherited)
      bytes += 64 + name.size() + (value ? value->size() : 0);
    if (copied_ + 2 * bytes <= most_copied) {
      copied_ += 2 * bytes;
      stage.env = inherited;
      stage.seen = inherited;
    }
  }
  stages_.push_back(std::move(stage));
}

void Environment::declare(const std::string& name, std::optional<std::string> value) {
  if (stages_.empty()) {
    global_[name] = std::move(value);
    return;
  }
  Stage& stage = stages_.back();
  if (!stage.env.contains(name)) stage.seen[name] = std::move(value);
}

void Environment::declare_bare(const std::string& name) {
  const auto given = global_.find(name);
  declare(name, given == global_.end() || stages_.empty() ? std::nullopt : given->second);
}

void Environment::set(const std::string& name, std::optional<std::string> value) {
  if (stages_.empty()) return;
  stages_.back().env[name] = value;
  stages_.back().seen[name] = std::move(value);
}

}  // namespace mlrepro::docker
