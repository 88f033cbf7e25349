// What happens between fork and exec of a room's command. All but room_error: system calls alone, no
// allocation.
#pragma once

#include <string>

#include "base/error.hpp"

namespace mlrepro {

enum class RoomStep : int {
  none,
  namespaces,
  fork,
  root,
  overlay,
  pivot,
  proc,
  devices,
  tmpfs,
  host_name,
  descriptors,
  execute
};

struct RoomFailure {
  RoomStep step = RoomStep::none;
  int error = 0;  // errno
};

// Dies with its parent; signals as a fresh program has them.
void enter_child();
struct RoomOverlay {    // for mount(2)
  const char* target;   // where it is mounted; null: there is none
  const char* options;  // "lowerdir=...,upperdir=...,workdir=..."
  // A folder of the tree that a tmpfs is mounted on first, for `upper`, `work` and `target` in it; null: they
  // are there. Then a root that no overlay can lie on is made read-only.
  const char* memory = nullptr;
  const char* upper = nullptr;
  const char* work = nullptr;
};
// In the new namespaces: makes `root`, or the overlay, the root and mounts what a room has. Returns the step
// that failed (errno tells why), or none.
[[nodiscard]] RoomStep furnish_room(const char* root, const RoomOverlay& overlay);
// Limits, capabilities, and the filter that turns fsync and its like into nothing.
void limit_command();

[[nodiscard]] Error room_error(const RoomFailure& failure, const std::string& program);

}  // namespace mlrepro
