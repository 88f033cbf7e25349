// What `store gc` goes by: each command that works with a lock says so, and holds the cache meanwhile.
#pragma once

#include "commands/invocation.hpp"
#include "store/cache_use.hpp"

namespace mlrepro {

// Notes the project's lock, where there is one (store/cache_use.hpp). Never fails.
void note_lock_in_use(const Invocation& invocation) noexcept;

// The command, with the cache held from its start to its end, and the lock noted that it found and left.
template <typename Call>
auto with_cache(Call call) {
  return [call](const Invocation& invocation, const auto& options) -> int {
    const CacheUse use(invocation.cache);
    note_lock_in_use(invocation);
    const int status = call(invocation, options);
    note_lock_in_use(invocation);
    return status;
  };
}

}  // namespace mlrepro
