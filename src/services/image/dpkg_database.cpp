#include "services/image/dpkg_database.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"
#include "tree/disk_sink.hpp"

namespace mlrepro {
namespace {

constexpr std::string_view admin = "var/lib/dpkg/";
constexpr std::array<std::string_view, 5> scripts{"config", "postinst", "postrm", "preinst", "prerm"};

class Database {
 public:
  explicit Database(const std::filesystem::path& tree) : sink_(tree) {}

  void folder(std::string_view name) {
    TreeEntry entry;
    entry.path = std::string(admin) + std::string(name);
    entry.type = EntryType::directory;
    entry.mode = 0755;
    sink_.add(entry, {});
  }

  void file(const std::string& name, std::string_view bytes, std::uint32_t mode = 0644) {
    TreeEntry entry;
    entry.path = std::string(admin) + name;
    entry.mode = mode;
    entry.size = bytes.size();
    sink_.add(entry, [&](const auto& piece) { piece(bytes); });
  }

 private:
  DiskSink sink_;
};

std::string status_stanza(const UnpackedPackage& package) {
  std::string text;
  for (const auto& [field, value] : package.control.fields) {
    const bool folded = value.empty() || value.front() == '\n';
    text += field + ":" + (folded ? "" : " ") + value + "\n";
    if (to_lower(field) == "package") text += "Status: install ok unpacked\n";
  }
  if (!package.conffiles.empty()) {
    text += "Conffiles:\n";
    for (const auto& path : package.conffiles)
      text += " " + path + " newconffile\n";
  }
  return text + "\n";
}

// deb-triggers(5). A named trigger is a file of its own with the packages that want it; triggers on paths
// stand in one file.
struct Triggers {
  std::map<std::string, std::set<std::string>> named;
  std::set<std::pair<std::string, std::string>> paths;

  void read(const UnpackedPackage& package, std::string_view text) {
    for (auto line : split(text, '\n')) {
      line = line.substr(0, line.find('#'));
      const auto words = split_words(line);
      if (words.empty() || !words[0].starts_with("interest")) continue;
      if (words.size() != 2) {
        throw Error(ErrorKind::input, "bad-deb",
                    "the triggers of " + package.control.package + " have a line that names not one trigger");
      }
      const std::string trigger(words[1]);
      const std::string who =
          package.control.info_name() + (words[0] == "interest-noawait" ? "/noawait" : "");
      if (trigger.starts_with('/')) {
        paths.emplace(trigger, who);
      } else if (trigger.find('/') != std::string::npos || trigger == "File" || trigger == "Unincorp" ||
                 trigger == "Lock" || trigger.front() == '.') {
        throw Error(ErrorKind::input, "bad-deb",
                    "the triggers of " + package.control.package + " name no valid trigger");
      } else {
        named[trigger].insert(who);
      }
    }
  }
};

}  // namespace

void write_dpkg_database(const std::vector<UnpackedPackage>& packages, const std::string& architecture,
                         const std::filesystem::path& tree) {
  Database database(tree);
  for (const auto folder : {"alternatives", "info", "parts", "triggers", "updates"})
    database.folder(folder);

  std::vector<const UnpackedPackage*> sorted;
  for (const auto& package : packages)
    sorted.push_back(&package);
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) {
    return std::tie(a->control.package, a->control.architecture) <
           std::tie(b->control.package, b->control.architecture);
  });
  std::string status;
  Triggers triggers;
  for (const auto* package : sorted) {
    status += status_stanza(*package);
    const std::string name = "info/" + package->control.info_name() + ".";
    std::string list;
    for (const auto& path : package->files)
      list += path + "\n";
    database.file(name + "list", list);
    for (const auto& file : package->control_files) {
      if (file.name == "triggers") triggers.read(*package, file.bytes);
      const bool script = std::find(scripts.begin(), scripts.end(), file.name) != scripts.end();
      database.file(name + file.name, file.bytes, script ? 0755 : file.mode & 0777U);
    }
  }
  database.file("status", status);
  database.file("info/format", "1\n");
  database.file("arch", architecture + "\n");
  for (const auto name : {"available", "diversions", "statoverride", "triggers/Lock", "triggers/Unincorp"})
    database.file(name, "");

  std::string paths;
  for (const auto& [path, who] : triggers.paths)
    paths += path + " " + who + "\n";
  database.file("triggers/File", paths);
  for (const auto& [trigger, packages_interested] : triggers.named) {
    std::string text;
    for (const auto& who : packages_interested)
      text += who + "\n";
    database.file("triggers/" + trigger, text);
  }
}

}  // namespace mlrepro
