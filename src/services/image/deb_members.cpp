#include "services/image/deb_members.hpp"

#include <string>
#include <unordered_set>

#include "adapters/archive/tar_reader.hpp"
#include "base/error.hpp"
#include "tree/tree_path.hpp"
#include "tree/tree_sink.hpp"

namespace mlrepro {
namespace {

class Members {
 public:
  void take(const TreeEntry& entry) {
    check_tree_path(entry.path);
    if (entry.path.find('\n') != std::string::npos) refuse(entry, "it holds a line feed");
    check_parents(entry);
    switch (entry.type) {
      case EntryType::directory: return;
      case EntryType::file: files_.insert(entry.path); break;
      case EntryType::hardlink:
        if (!files_.contains(entry.target))
          refuse(entry, "it is a hard link to \"" + entry.target + "\", which is no file of the package");
        files_.insert(entry.path);
        break;
      case EntryType::symlink: break;
      default: refuse(entry, "it is a device or a pipe");
    }
    ends_.insert(entry.path);
  }

 private:
  [[noreturn]] static void refuse(const TreeEntry& entry, const std::string& why) {
    throw Error(ErrorKind::input, "bad-archive", "the member \"" + entry.path + "\": " + why);
  }

  void check_parents(const TreeEntry& entry) {
    const std::string folder = parent_of(entry.path);
    if (folder == good_folder_) return;
    for (std::string above = folder; !above.empty(); above = parent_of(above))
      if (ends_.contains(above)) refuse(entry, "\"" + above + "\" is no folder");
    good_folder_ = folder;
  }

  std::unordered_set<std::string> files_;
  std::unordered_set<std::string> ends_;  // what nothing may lie below
  std::string good_folder_;
};

}  // namespace

void check_deb_members(const Deb& deb) {
  Members members;
  read_tar(stream_of(deb, deb.data, {}), deb.name + ", data.tar",
           [&](const TreeEntry& entry, const Content&) { members.take(entry); });
}

}  // namespace mlrepro
