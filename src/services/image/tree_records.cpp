#include "services/image/tree_records.hpp"

#include <chrono>
#include <thread>
#include <utility>

#include "tree/safe_folder.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

class Recording final : public TreeSink {
 public:
  Recording(const fs::path& tree, const TreeRecords& before) : folder_(tree), before_(before) {}

  void add(const TreeEntry& entry, const Content& content) override {
    TreeRecord record{entry, {}};
    if (entry.type == EntryType::hardlink) {
      record = records.at(entry.target);
      record.entry.path = entry.path;
    } else if (const auto info = folder_.status(entry.path)) {
      if (entry.type == EntryType::file) record.content = digest_of(entry, content, *info);
      record.inode = info->st_ino;
      record.change_seconds = info->st_ctim.tv_sec;
      record.change_nanoseconds = info->st_ctim.tv_nsec;
    }
    records.emplace(entry.path, std::move(record));
  }
  void finish() override {}
  TreeRecords records;

 private:
  Sha256 digest_of(const TreeEntry& entry, const Content& content, const struct stat& info) const {
    const auto known = before_.find(entry.path);
    if (known != before_.end() && known->second.entry.type == EntryType::file &&
        known->second.is_untouched(info))
      return known->second.content;
    Sha256Hasher hasher;
    if (entry.size > 0) content([&](std::string_view piece) { hasher.update(piece); });
    return hasher.finish();
  }

  SafeFolder folder_;
  const TreeRecords& before_;
};

}  // namespace

bool TreeRecord::is_same(const TreeRecord& other) const {
  const TreeEntry& a = entry;
  const TreeEntry& b = other.entry;
  return a.type == b.type && a.mode == b.mode && a.uid == b.uid && a.gid == b.gid && a.target == b.target &&
         a.xattrs == b.xattrs && a.size == b.size && content == other.content;
}

bool TreeRecord::is_untouched(const struct stat& info) const {
  return inode == info.st_ino && change_seconds == info.st_ctim.tv_sec &&
         change_nanoseconds == info.st_ctim.tv_nsec;
}

TreeRecords record_tree(const fs::path& tree, const Choose& choose, const TreeRecords& before) {
  Recording recording(tree, before);
  push_folder(tree, choose, recording);
  // The kernel's clock of files goes by ticks of ten milliseconds at most.
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  return std::move(recording.records);
}

}  // namespace mlrepro
