// What a run may use at most, as docker's users write it: --ulimit, --memory, --cpus.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "standards/oci/runtime_spec.hpp"

namespace mlrepro {

struct ResourceLimits {
  std::vector<oci::ProcessLimit> processes;  // one of a kind
  std::optional<std::uint64_t> memory;       // bytes
  std::optional<double> cpus;

  // Those that only the kernel's control groups can set.
  [[nodiscard]] bool needs_cgroups() const { return memory || cpus; }
};

// --ulimit NAME=SOFT[:HARD], -1 is unlimited; the last one of a name wins. Throws Error(input, "bad-ulimit").
[[nodiscard]] std::vector<oci::ProcessLimit> parse_ulimits(const std::vector<std::string>& texts);

// Inverse of parse_ulimits.
[[nodiscard]] std::vector<std::string> ulimit_texts(const std::vector<oci::ProcessLimit>& limits);

// --memory SIZE: 6 MiB at least, as docker wants it. Throws Error(input, "bad-memory").
[[nodiscard]] std::uint64_t parse_memory_limit(const std::string& text);

// --cpus N: 0.01 to the number of `available` ones. Throws Error(input, "bad-cpus").
[[nodiscard]] double parse_cpus(const std::string& text, unsigned available);

// Throws Error(input, "ulimit-too-high") where we may not raise a limit of our own so far.
void check_ulimits(const std::vector<oci::ProcessLimit>& limits);

}  // namespace mlrepro
