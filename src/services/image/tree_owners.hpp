// Who owns what in the tree of an image, where the tree itself could not be given it: a user without
// subordinate ids owns every file that he makes. Kept in IMAGES/<digest hex>/owners, beside the tree: for
// each entry that is not root's "UID GID PATH" and a zero byte. The layers of such an image have the bytes
// that they have elsewhere.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "adapters/sandbox/user_namespace.hpp"
#include "tree/disk_source.hpp"
#include "tree/tree_sink.hpp"

namespace mlrepro {

inline constexpr std::string_view owners_file = "owners";

class TreeOwners {
 public:
  TreeOwners() = default;
  // Of the tree `rootfs`; none where no such file lies beside it. Throws Error(input, "image-damaged").
  explicit TreeOwners(const std::filesystem::path& rootfs);

  // Whether such a file lies beside `rootfs`.
  [[nodiscard]] static bool are_kept(const std::filesystem::path& rootfs);

  // Of two entries of one path the later one counts.
  void note(const TreeEntry& entry);
  // What was noted of the path and of all below it; of everything where it is empty.
  void forget(const std::string& path);
  void apply(TreeEntry& entry) const;
  [[nodiscard]] bool empty() const noexcept { return owners_.empty(); }
  void write(const std::filesystem::path& rootfs) const;

 private:
  std::map<std::string, std::pair<std::uint32_t, std::uint32_t>> owners_;  // by path
};

// Whether all of the tree can be read by whoever has those ids.
[[nodiscard]] bool can_read_tree(const std::filesystem::path& rootfs, MappedIds ids);

// push_folder() of an image's tree, with its owners.
void push_image_tree(const std::filesystem::path& rootfs, const Choose& choose, TreeSink& sink);

}  // namespace mlrepro
