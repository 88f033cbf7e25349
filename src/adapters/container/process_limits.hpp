// The limits of a process that setrlimit(2) knows, by docker's names and by those of the OCI runtime
// specification.
#pragma once

#include <span>
#include <string_view>

namespace mlrepro {

struct LimitKind {
  std::string_view name;      // docker's: "nofile"
  std::string_view oci_name;  // "RLIMIT_NOFILE"
  int resource;               // setrlimit(2)'s
};

[[nodiscard]] std::span<const LimitKind> limit_kinds();

}  // namespace mlrepro
