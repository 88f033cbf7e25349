#include "adapters/solv/solvext_library.hpp"

#include "base/late_library.hpp"

// The functions that this room calls.
// clang-format off
#define SOLVEXT_FUNCTIONS(each) \
  each(repo_add_debpackages)    \
  each(solv_xfopen_fd)
// clang-format on

SOLVEXT_FUNCTIONS(MLREPRO_LATE_FUNCTION)

namespace mlrepro {

void load_solvext() {
  static const LateLibrary library("libsolvext.so.1", {SOLVEXT_FUNCTIONS(MLREPRO_LATE_ENTRY)});
}

}  // namespace mlrepro
