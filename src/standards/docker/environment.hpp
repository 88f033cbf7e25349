// ARG and ENV over the stages of a Dockerfile: what a variable is worth where.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "standards/docker/expansion.hpp"

namespace mlrepro::docker {

class Environment {
 public:
  // Begins stage number `stages so far`; with a parent it inherits that stage's ENV, never its ARG.
  void begin_stage(std::optional<std::size_t> parent);
  // ARG without a value takes the one of before the first FROM, where there is one.
  void declare(const std::string& name, std::optional<std::string> value);
  // ARG NAME, without "=".
  void declare_bare(const std::string& name);
  void set(const std::string& name, std::optional<std::string> value);

  // What counts here: the ARGs before the first FROM, or the stage's ENV over its ARG.
  [[nodiscard]] const Variables& here() const { return stages_.empty() ? global_ : stages_.back().seen; }
  [[nodiscard]] const Variables& global() const { return global_; }

 private:
  struct Stage {
    Variables seen;
    Variables env;
  };
  // Inherited bytes are copied up to this sum: a thousand stages of a thousand variables stay harmless.
  static constexpr std::size_t most_copied = 16U << 20;

  Variables global_;
  std::vector<Stage> stages_;
  std::size_t copied_ = 0;
};

}  // namespace mlrepro::docker
