#include "services/image/tree_owners.hpp"

#include <limits>
#include <optional>
#include <string_view>
#include <system_error>
#include <tuple>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

fs::path file_of(const fs::path& rootfs) {
  return rootfs.parent_path() / owners_file;
}

std::optional<std::uint32_t> id_of(std::string_view text) {
  const auto number = parse_number(text);
  if (!number || *number >= std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

class OwningSink final : public TreeSink {
 public:
  OwningSink(const TreeOwners& owners, TreeSink& sink) : owners_(owners), sink_(sink) {}
  void add(const TreeEntry& entry, const Content& content) override {
    TreeEntry owned = entry;
    owners_.apply(owned);
    sink_.add(owned, content);
  }
  void finish() override { sink_.finish(); }

 private:
  const TreeOwners& owners_;
  TreeSink& sink_;
};

}  // namespace

TreeOwners::TreeOwners(const fs::path& rootfs) {
  if (!are_kept(rootfs)) return;
  const fs::path file = file_of(rootfs);
  const std::string text = read_file(file);
  for (const auto record : split(text, '\0')) {
    if (record.empty()) continue;
    const auto first = record.find(' ');
    const auto second = first == std::string_view::npos ? first : record.find(' ', first + 1);
    const auto uid = id_of(record.substr(0, first));
    const auto gid =
        second == std::string_view::npos ? std::nullopt : id_of(record.substr(first + 1, second - first - 1));
    if (!uid || !gid) {
      throw Error(ErrorKind::input, "image-damaged", file.string() + " was changed after it was written",
                  "open the bundle again, after mlrepro store check");
    }
    owners_[std::string(record.substr(second + 1))] = {*uid, *gid};
  }
}

bool TreeOwners::are_kept(const fs::path& rootfs) {
  std::error_code ignored;
  return fs::is_regular_file(file_of(rootfs), ignored);
}

void TreeOwners::note(const TreeEntry& entry) {
  if (entry.uid != 0 || entry.gid != 0) {
    owners_[entry.path] = {entry.uid, entry.gid};
  } else {
    owners_.erase(entry.path);
  }
}

void TreeOwners::forget(const std::string& path) {
  owners_.erase(path);
  const std::string below = path.empty() ? path : path + "/";
  auto at = owners_.lower_bound(below);
  while (at != owners_.end() && at->first.starts_with(below))
    at = owners_.erase(at);
}

void TreeOwners::apply(TreeEntry& entry) const {
  const auto found = owners_.find(entry.path);
  if (found != owners_.end()) std::tie(entry.uid, entry.gid) = found->second;
}

void TreeOwners::write(const fs::path& rootfs) const {
  std::string text;
  for (const auto& [path, owner] : owners_) {
    text += std::to_string(owner.first) + " " + std::to_string(owner.second) + " " + path;
    text.push_back('\0');
  }
  write_file_atomically(file_of(rootfs), text);
}

bool can_read_tree(const fs::path& rootfs, MappedIds ids) {
  return ids == MappedIds::all || (ids == MappedIds::own && TreeOwners::are_kept(rootfs));
}

void push_image_tree(const fs::path& rootfs, const Choose& choose, TreeSink& sink) {
  const TreeOwners owners(rootfs);
  if (owners.empty()) return push_folder(rootfs, choose, sink);
  OwningSink owning(owners, sink);
  push_folder(rootfs, choose, owning);
}

}  // namespace mlrepro
