#include "adapters/solv/solv_library.hpp"

#include <solv/solvversion.h>

#include "base/late_library.hpp"

// The functions that this room calls.
// clang-format off
#define SOLV_FUNCTIONS(each)       \
  each(map_free)                   \
  each(map_grow)                   \
  each(map_init)                   \
  each(pool_addrelproviders)       \
  each(pool_create)                \
  each(pool_createwhatprovides)    \
  each(pool_errstr)                \
  each(pool_evrcmp)                \
  each(pool_free)                  \
  each(pool_id2str)                \
  each(pool_match_nevr_rel)        \
  each(pool_queuetowhatprovides)   \
  each(pool_rel2id)                \
  each(pool_set_whatprovides)      \
  each(pool_setarch)               \
  each(pool_setdisttype)           \
  each(pool_str2id)                \
  each(queue_alloc_one)            \
  each(queue_free)                 \
  each(queue_init)                 \
  each(repo_add_repodata)          \
  each(repo_add_solv)              \
  each(repo_add_solvable_block)    \
  each(repo_create)                \
  each(repo_free_solvable)         \
  each(repo_lookup_str)            \
  each(repo_write)                 \
  each(repodata_internalize)       \
  each(repodata_set_num)           \
  each(repodata_set_poolstr)       \
  each(repodata_set_str)           \
  each(repodata_set_void)          \
  each(solvable_lookup_checksum)   \
  each(solvable_lookup_deparray)   \
  each(solvable_lookup_location)   \
  each(solvable_lookup_num)        \
  each(solvable_lookup_str)        \
  each(solvable_lookup_void)       \
  each(solvable_set_deparray)      \
  each(solver_create)              \
  each(solver_findallproblemrules) \
  each(solver_free)                \
  each(solver_get_decisionlevel)   \
  each(solver_get_decisionqueue)   \
  each(solver_next_problem)        \
  each(solver_rule2jobidx)         \
  each(solver_ruleinfo)            \
  each(solver_set_flag)            \
  each(solver_solve)
// clang-format on

SOLV_FUNCTIONS(MLREPRO_LATE_FUNCTION)

namespace mlrepro {

#ifdef MLREPRO_LATE_JUMP

namespace {

const void* load() {
  static void* version = nullptr;
  static const LateLibrary library("libsolv.so.1",
                                   {SOLV_FUNCTIONS(MLREPRO_LATE_ENTRY){"solv_version", &version}});
  return version;
}

}  // namespace

void load_solv() {
  (void)load();
}

const char* loaded_solv_version() {
  return static_cast<const char*>(load());
}

#else

void load_solv() {}

const char* loaded_solv_version() {
  return solv_version;
}

#endif

}  // namespace mlrepro
