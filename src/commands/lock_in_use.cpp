#include "commands/lock_in_use.hpp"

namespace mlrepro {

void note_lock_in_use(const Invocation& invocation) noexcept {
  try {
    if (invocation.lockfile) return note_lock(invocation.cache, invocation.directory / *invocation.lockfile);
    const auto manifest = invocation.manifest ? invocation.directory / *invocation.manifest
                                              : find_manifest(invocation.directory);
    note_lock(invocation.cache, manifest.parent_path() / "mlrepro.lock");
  } catch (...) {
    // No project here: the command itself says so.
  }
}

}  // namespace mlrepro
