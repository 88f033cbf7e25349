// The interface "lo" of a network namespace, which is down when that is made.
#pragma once

namespace mlrepro {

// Of the calling process's namespace. 0, or the errno of what failed. Only system calls: for a child between
// fork and exec.
[[nodiscard]] int bring_loopback_up() noexcept;

}  // namespace mlrepro
