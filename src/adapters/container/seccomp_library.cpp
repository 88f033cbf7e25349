#include "adapters/container/seccomp_library.hpp"

#include "base/late_library.hpp"

// The functions that this room calls.
// clang-format off
#define SECCOMP_FUNCTIONS(each)      \
  each(seccomp_arch_add)             \
  each(seccomp_arch_native)          \
  each(seccomp_attr_set)             \
  each(seccomp_export_bpf)           \
  each(seccomp_init)                 \
  each(seccomp_release)              \
  each(seccomp_rule_add_array)       \
  each(seccomp_syscall_resolve_name)
// clang-format on

SECCOMP_FUNCTIONS(MLREPRO_LATE_FUNCTION)

namespace mlrepro {

void load_seccomp() {
  static const LateLibrary library("libseccomp.so.2", {SECCOMP_FUNCTIONS(MLREPRO_LATE_ENTRY)});
}

}  // namespace mlrepro
