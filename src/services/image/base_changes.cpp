#include "services/image/base_changes.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/error.hpp"
#include "services/image/tree_owners.hpp"
#include "tree/safe_folder.hpp"
#include "tree/tar_sink.hpp"
#include "tree/tree_path.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

class Settling {
 public:
  Settling(const fs::path& tree, const TreeRecords& before, TreeRecords after, std::int64_t epoch)
      : before_(before), after_(std::move(after)), folder_(tree), epoch_(epoch) {
    layer_.time = epoch;
  }

  ChangeLayer run() {
    find_touched();
    for (const auto& [path, record] : after_) {
      if (settle(path, record)) take(path);
    }
    for (const auto& [path, record] : before_)
      if (!after_.contains(path)) remove(path);
    return std::move(layer_);
  }

 private:
  // Folders that have other names in them.
  void find_touched() {
    for (const auto& [path, record] : after_)
      if (!before_.contains(path)) touched_.insert(parent_of(path));
    for (const auto& [path, record] : before_)
      if (!after_.contains(path)) touched_.insert(parent_of(path));
  }

  // Whether the entry belongs to the layer.
  bool settle(const std::string& path, const TreeRecord& record) {
    const auto old = before_.find(path);
    const bool is_folder = record.entry.type == EntryType::directory;
    const bool stays =
        old != before_.end() && record.is_same(old->second) && !(is_folder && touched_.contains(path));
    const std::int64_t wanted = stays ? old->second.entry.mtime : epoch_;
    if (!stays || wanted != record.entry.mtime) {
      const auto at = folder_.place(path);
      const std::array<timespec, 2> times{timespec{0, UTIME_OMIT}, timespec{static_cast<time_t>(wanted), 0}};
      if (::utimensat(at.folder, at.name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0)
        throw system_error(errno, "set the time of " + path);
    }
    return !stays;
  }

  void take_above(const std::string& path) {
    for (std::string folder = parent_of(path); !folder.empty(); folder = parent_of(folder))
      layer_.taken.insert(folder);
  }

  void take(const std::string& path) {
    if (name_in(path).starts_with(".wh.")) {
      throw Error(ErrorKind::input, "bad-name",
                  "the file /" + path + " has a name that means the absence of another in a layer",
                  "leave out the package that brings it");
    }
    layer_.taken.insert(path);
    take_above(path);
  }

  // What is below a folder that went, or became something else, goes with it.
  void remove(const std::string& path) {
    const std::string folder = parent_of(path);
    if (!folder.empty()) {
      const auto above = after_.find(folder);
      if (above == after_.end() || above->second.entry.type != EntryType::directory) return;
      layer_.taken.insert(folder);
      take_above(folder);
    }
    layer_.removed[folder].insert(name_in(path));
  }

  const TreeRecords& before_;
  TreeRecords after_;
  SafeFolder folder_;
  std::int64_t epoch_;
  std::set<std::string> touched_;
  ChangeLayer layer_;
};

// A folder's whiteouts follow it, before what it holds.
class WithWhiteouts final : public TreeSink {
 public:
  WithWhiteouts(const ChangeLayer& layer, TreeSink& sink) : layer_(layer), sink_(sink) {}

  void whiteouts(const std::string& folder) {
    const auto found = layer_.removed.find(folder);
    if (found == layer_.removed.end()) return;
    for (const auto& name : found->second) {
      TreeEntry entry;
      entry.path = (folder.empty() ? folder : folder + "/") + ".wh." + name;
      entry.mtime = layer_.time;
      sink_.add(entry, [](const auto&) {});
    }
  }
  void add(const TreeEntry& entry, const Content& content) override {
    sink_.add(entry, content);
    if (entry.type == EntryType::directory) whiteouts(entry.path);
  }
  void finish() override { sink_.finish(); }

 private:
  const ChangeLayer& layer_;
  TreeSink& sink_;
};

}  // namespace

ChangeLayer settle_changes(const fs::path& tree, const TreeRecords& before, const Choose& choose,
                           std::int64_t source_date_epoch) {
  return Settling(tree, before, record_tree(tree, choose, before), source_date_epoch).run();
}

void write_change_layer(const fs::path& tree, const ChangeLayer& layer, const TarWriter::Out& out) {
  TarSink tar(out);
  WithWhiteouts sink(layer, tar);
  sink.whiteouts("");
  const Choose choose = [&](std::string_view path, EntryType) {
    return layer.taken.contains(std::string(path)) ? Choice::take : Choice::skip;
  };
  push_image_tree(tree, choose, sink);
  sink.finish();
}

}  // namespace mlrepro
