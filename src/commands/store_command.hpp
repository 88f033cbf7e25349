// mlrepro store: the content-addressed store and the images under the cache folder.
#pragma once

#include <cstdint>

#include "commands/invocation.hpp"

namespace mlrepro {

struct GcOptions {
  std::uint32_t keep_days = 0;
  bool dry_run = false;
};

[[nodiscard]] int store_info_command(const Invocation& invocation);
[[nodiscard]] int store_check_command(const Invocation& invocation);
[[nodiscard]] int store_gc_command(const Invocation& invocation, const GcOptions& options);

}  // namespace mlrepro
