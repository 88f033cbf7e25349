#include "services/image/deb_unpacker.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_set>

#include "adapters/archive/tar_reader.hpp"
#include "base/error.hpp"
#include "base/parallel.hpp"
#include "base/text.hpp"
#include "codec/md5.hpp"
#include "services/image/deb_control.hpp"
#include "services/image/deb_data.hpp"
#include "tree/disk_sink.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 7> aliases{"bin", "sbin", "lib", "lib32", "lib64", "libo32", "libx32"};

bool is_alias(std::string_view name) {
  return std::find(aliases.begin(), aliases.end(), name) != aliases.end();
}

class Unpacker {
 public:
  Unpacker(const OsSection& section, const std::vector<fs::path>& debs, const fs::path& tree,
           const fs::path& aside, PathLedger& ledger, Progress& progress, UnpackOptions options)
      : section_(section),
        debs_(debs),
        tree_(tree),
        aside_(aside),
        ledger_(ledger),
        progress_(progress),
        options_(options) {
    for (const auto& package : section.packages)
      total_ += package.size;
  }

  std::vector<UnpackedPackage> run() {
    std::vector<UnpackedPackage> unpacked(section_.packages.size());
    // The largest first, so that no thread is left alone with it at the end.
    std::vector<std::size_t> order(unpacked.size());
    for (std::size_t i = 0; i < order.size(); ++i)
      order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return section_.packages[a].size > section_.packages[b].size;
    });
    if (options_.backwards) std::reverse(order.begin(), order.end());
    for (const auto name : {"bin", "sbin", "lib"})
      used_aliases_.insert(name);
    run_parallel(order.size(), [&](std::size_t i) { unpack(order[i], unpacked[order[i]]); });
    DiskSink tree(tree_);
    for (const auto& directory : ledger_.directories())
      tree.set_metadata(directory);
    for (const auto& alias : used_aliases_) {
      TreeEntry folder;
      folder.path = "usr/" + alias;
      folder.type = EntryType::directory;
      folder.mode = 0755;
      tree.add(folder, {});
      TreeEntry link;
      link.path = alias;
      link.type = EntryType::symlink;
      link.target = "usr/" + alias;
      tree.add(link, {});
    }
    progress_.finish("unpack");
    return unpacked;
  }

 private:
  void unpack(std::size_t index, UnpackedPackage& package) {
    package.locked = &section_.packages[index];
    const std::string name = package.locked->name + " " + package.locked->version;
    try {
      const Deb deb = open_deb(debs_[index], "the package " + name);
      read_control(deb, package);
      read_data(deb, index, package);
    } catch (Error& error) {
      if (error.kind() != ErrorKind::input) throw;
      const bool conflict = error.code() == "file-conflict";
      throw Error(ErrorKind::input, conflict ? "file-conflict" : "bad-deb",
                  "cannot unpack " + name + ": " + error.message(),
                  conflict ? "these two packages cannot be installed together: lock another set"
                           : "fetch it again; if it stays so, the package itself is broken");
    }
  }

  void read_control(const Deb& deb, UnpackedPackage& package) {
    DebControl control = read_deb_control(deb, *package.locked);
    package.control = std::move(control.stanza);
    package.control_files = std::move(control.files);
    if (const ControlFile* list = package.control_file("conffiles")) {
      for (const auto line : split(list->bytes, '\n')) {
        // deb-conffiles(5): "remove-on-upgrade /path" names no file of this package.
        if (line.starts_with('/')) package.conffiles.emplace_back(trim(line));
      }
    }
  }

  // What is known while the files of one package come.
  struct Unpacking {
    std::size_t index;
    std::size_t rank;
    UnpackedPackage& package;
    std::unordered_set<std::string> conffiles;
    std::optional<std::string> sums;  // the md5sums that the package does not bring
    DiskSink tree;
    DiskSink aside;
  };

  void read_data(const Deb& deb, std::size_t index, UnpackedPackage& package) {
    // dpkg keeps what is there; ours is decided by rank, and base-files is the one that knows the modes of
    // the root's folders.
    const std::size_t rank = package.control.package == "base-files" ? 0 : index + 1;
    Unpacking at{index, rank, package, {}, std::nullopt, DiskSink(tree_), DiskSink(aside_)};
    for (const auto& path : package.conffiles)
      at.conffiles.insert(merged_path(std::string_view(path).substr(1)));
    if (package.control_file("md5sums") == nullptr) at.sums.emplace();
    package.files.emplace_back("/.");
    const auto passed = [&](std::uint64_t bytes) {
      progress_.update("unpack", done_ += bytes, total_, Unit::bytes);
    };
    const DebData data(deb, package.locked->sha256, options_.kept, passed);
    data.read([&](const TreeEntry& entry, const Content& content) { unpack(at, entry, content); });
    if (at.sums) {
      package.control_files.push_back({"md5sums", std::move(*at.sums), 0644});
      std::sort(package.control_files.begin(), package.control_files.end(),
                [](const auto& a, const auto& b) { return a.name < b.name; });
    }
  }

  void unpack(Unpacking& at, const TreeEntry& original, const Content& content) {
    // dpkg's lists have a path a line.
    if (original.path.find('\n') != std::string::npos) {
      throw Error(ErrorKind::input, "bad-archive", "the path \"" + original.path + "\" holds a line feed");
    }
    at.package.files.push_back("/" + original.path);
    TreeEntry entry = original;
    entry.path = merged_path(original.path);
    if (entry.path != original.path) note_alias(original.path.substr(0, original.path.find('/')));
    if (entry.type == EntryType::directory) {
      ledger_.claim_directory(entry, at.index, at.rank);
      at.tree.add(entry, {});
      return;
    }
    if (entry.type == EntryType::symlink && is_alias(original.path)) {
      if (entry.target != entry.path && entry.target != "/" + entry.path) {
        throw Error(ErrorKind::input, "bad-archive",
                    "its link /" + original.path + " does not lead to /" + entry.path);
      }
      return;
    }
    const std::string path = entry.path;
    std::string suffix;
    if (entry.type != EntryType::symlink && at.conffiles.contains(path)) suffix = ".dpkg-new";
    const std::string name = ledger_.claim_file(path, at.index, entry.mtime, suffix);
    entry.path = name.empty() ? path + suffix : name;
    if (entry.type == EntryType::hardlink) {
      link(entry, at.index, !name.empty());
      return;
    }
    std::optional<Md5Hasher> hasher;
    if (at.sums && entry.type == EntryType::file && suffix.empty()) hasher.emplace();
    (name.empty() ? at.tree : at.aside).add(entry, [&](const std::function<void(std::string_view)>& piece) {
      content([&](std::string_view bytes) {
        if (hasher) hasher->update(bytes);
        piece(bytes);
      });
    });
    if (hasher) at.sums->append(hasher->finish()).append("  ").append(original.path).append("\n");
  }

  // Either end of a hard link may lie in the tree or aside: both are below one folder, which the sink gets as
  // its root.
  void link(TreeEntry entry, std::size_t index, bool is_aside) const {
    const auto target = ledger_.locate(merged_path(entry.target), index);
    DiskSink both(tree_.parent_path());
    const auto prefix = [&](bool from_aside) {
      return (from_aside ? aside_ : tree_).filename().string() + "/";
    };
    entry.path = prefix(is_aside) + entry.path;
    entry.target = prefix(target.aside) + target.path;
    both.add(entry, {});
  }

  void note_alias(const std::string& name) {
    const std::scoped_lock guard(alias_mutex_);
    used_aliases_.insert(name);
  }

  const OsSection& section_;
  const std::vector<fs::path>& debs_;
  const fs::path& tree_;
  const fs::path& aside_;
  PathLedger& ledger_;
  Progress& progress_;
  UnpackOptions options_;
  std::uint64_t total_ = 0;
  std::atomic<std::uint64_t> done_{0};
  std::mutex alias_mutex_;
  std::set<std::string> used_aliases_;
};

}  // namespace

const ControlFile* UnpackedPackage::control_file(std::string_view name) const {
  const auto found = std::find_if(control_files.begin(), control_files.end(),
                                  [&](const auto& file) { return file.name == name; });
  return found == control_files.end() ? nullptr : &*found;
}

std::string merged_path(std::string_view path) {
  return is_alias(path.substr(0, path.find('/'))) ? "usr/" + std::string(path) : std::string(path);
}

std::vector<UnpackedPackage> unpack_debs(const OsSection& section, const std::vector<fs::path>& debs,
                                         const fs::path& tree, const fs::path& aside, PathLedger& ledger,
                                         Progress& progress, UnpackOptions options) {
  return Unpacker(section, debs, tree, aside, ledger, progress, options).run();
}

}  // namespace mlrepro
