#include "tree/canonical_tree.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "tree/tar_sink.hpp"

namespace mlrepro {
namespace {

constexpr std::size_t most_entries = 500'000;
constexpr std::uint64_t most_bytes = std::uint64_t{16} << 30;
constexpr std::int64_t zip_epoch = 315532800;

[[noreturn]] void refuse_path(const std::string& path, const std::string& why) {
  throw Error(ErrorKind::input, "bad-path", "refusing the path \"" + path + "\": " + why);
}

// Leading ".." climb folders that are real, since nothing lies below a link here; whatever comes after goes
// down, perhaps through links that keep this rule too.
bool stays_inside(const std::string& path, const std::string& target) {
  if (target.empty() || target.front() == '/' || target.find('\0') != std::string::npos) return false;
  auto above = std::count(path.begin(), path.end(), '/');
  bool named = false;
  for (const auto part : split(target, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      named = true;
    } else if (named || above-- == 0) {
      return false;
    }
  }
  return true;
}

}  // namespace

void CanonicalTree::add_file(const std::string& path, bool executable, std::uint64_t size, Content content) {
  Entry added;
  added.entry.path = path;
  added.entry.mode = executable ? 0755 : 0644;
  added.entry.size = size;
  added.content = std::move(content);
  bytes_ += size;
  add(std::move(added));
}

void CanonicalTree::add_link(const std::string& path, const std::string& target) {
  if (!stays_inside(path, target)) {
    throw Error(ErrorKind::input, "link-leads-out",
                "the link " + path + " -> " + target + " leads out of the source tree",
                "make it a file, or a relative link within the tree");
  }
  Entry added;
  added.entry.path = path;
  added.entry.type = EntryType::symlink;
  added.entry.mode = 0777;
  added.entry.target = target;
  add(std::move(added));
}

void CanonicalTree::add(Entry added) {
  const std::string path = added.entry.path;
  check_tree_path(path);
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    Entry folder;
    folder.entry.path = path.substr(0, slash);
    folder.entry.type = EntryType::directory;
    folder.entry.mode = 0755;
    const auto above = entries_.try_emplace(path.substr(0, slash), std::move(folder)).first;
    if (above->second.entry.type != EntryType::directory)
      refuse_path(path, "it lies below what is no folder");
  }
  if (!entries_.emplace(path, std::move(added)).second) refuse_path(path, "it is there twice");
  if (entries_.size() > most_entries || bytes_ > most_bytes) {
    throw Error(ErrorKind::input, "too-large",
                "the source tree has more than " + std::to_string(most_entries) + " entries, or over 16 GiB");
  }
}

void CanonicalTree::write(const TarWriter::Out& out) const {
  TarSink sink(out);
  for (const auto& [path, held] : entries_) {
    TreeEntry entry = held.entry;
    entry.mtime = zip_epoch;
    sink.add(entry, held.content);
  }
  sink.finish();
}

}  // namespace mlrepro
