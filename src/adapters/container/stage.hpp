// What is mounted for a container before its runtime starts, in a mount namespace that ends with it.
#pragma once

#include <filesystem>
#include <string>

namespace mlrepro {

// Every string is made beforehand: only system calls happen after the fork.
struct Stage {
  std::string scratch;  // a folder that a tmpfs is mounted on
  std::string upper;
  std::string work;
  std::string root;     // where the overlay goes
  std::string overlay;  // its options
  std::string overlay_without_xattrs;
  std::string sysfs;  // where one is mounted, of the network namespace; empty: none is
  bool cgroup_mount = false;
  bool own_network = false;  // a network namespace
  bool loopback = false;     // its loopback is brought up

  // In the child. Returns 0 or errno.
  [[nodiscard]] int mount_all() const noexcept;
};

// Below `bundle`, which has the folders "rootfs" and "scratch". Throws Error(input, "bad-path") for a path of
// `lower` that the overlay file system cannot take.
[[nodiscard]] Stage overlay_stage(const std::filesystem::path& lower, const std::filesystem::path& bundle);

}  // namespace mlrepro
