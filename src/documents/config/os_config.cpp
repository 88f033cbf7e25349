#include "documents/config/os_config.hpp"

#include <algorithm>

#include "standards/deb/relation.hpp"

namespace mlrepro {
namespace {

constexpr long long largest_priority = 32767;  // apt keeps priorities in 16 bits

// Ends up in URLs and in messages.
bool is_suite(const std::string& name) {
  return !name.empty() && name.front() != '.' && name.front() != '/' &&
         name.find_first_of(" \t\n=()[]<>|,*?") == std::string::npos && name.find("..") == std::string::npos;
}

OsIndexConfig read_index(TableReader table, const std::string& place, const std::filesystem::path& folder) {
  OsIndexConfig index;
  index.url = table.text("url").value_or("");
  if (index.url.empty()) table.refuse("url", "missing-key", place + ".url is missing");
  index.suites = table.texts("suites");
  index.components = table.texts("components");
  if (const auto keyring = table.text("signed-by")) index.signed_by = folder / *keyring;
  index.extra = table.flag("extra").value_or(false);
  table.finish();
  return index;
}

deb::Pin read_pin(TableReader table, const std::string& place) {
  deb::Pin pin;
  pin.packages = table.text_or_texts("package");
  if (pin.packages.empty()) {
    table.refuse("package", "missing-key", place + ".package is missing",
                 "a name, a pattern as \"python3-*\", or a list of them");
  }
  pin.release = table.text("release").value_or("");
  pin.version = table.text("version").value_or("");
  if (pin.release.empty() == pin.version.empty()) {
    table.refuse(pin.release.empty() ? "package" : "version", "missing-key",
                 place + " needs either release or version",
                 "for example release = \"bookworm-backports\", or version = \"2.4*\"");
  }
  if (const auto fault = pin.release.empty() ? "" : deb::release_fault(pin.release); !fault.empty()) {
    table.refuse("release", "bad-value", place + ".release = \"" + pin.release + "\": " + fault,
                 "a suite, a codename, or for example \"o=Debian,n=bookworm-backports\"");
  }
  const auto priority = table.integer("priority");
  if (!priority) {
    table.refuse("package", "missing-key", place + ".priority is missing",
                 "apt's default is 500; a negative one forbids");
  }
  if (*priority == 0 || *priority > largest_priority || *priority < -largest_priority) {
    table.refuse("priority", "bad-value", place + ".priority is 0 or beyond 32767",
                 "apt's default is 500; a negative one forbids");
  }
  pin.priority = static_cast<int>(*priority);
  table.finish();
  return pin;
}

void check_names(const TableReader& table, const std::string& key, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    if (!deb::is_package_name(name)) {
      table.refuse(key, "bad-value",
                   table.place(key) + " has \"" + name + "\", which is no name of a package");
    }
  }
}

std::vector<std::string> sorted(std::vector<std::string> list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
  return list;
}

}  // namespace

OsConfig read_os_config(TableReader table, const SubtableReader& below, const std::filesystem::path& folder) {
  OsConfig os;
  os.distribution = table.choice("distribution", {"debian", "ubuntu"}, "debian");
  os.suite = table.text("suite").value_or("");
  if (os.suite.empty())
    table.refuse("suite", "missing-key", "os.suite is missing", "for example suite = \"bookworm\"");
  os.suites = table.texts("suites");
  for (const auto& suite : os.suites) {
    if (!is_suite(suite))
      table.refuse("suites", "bad-value", "os.suites has \"" + suite + "\", which is no suite",
                   "for example suites = [\"" + os.suite + "-backports\"]");
  }
  os.base = table.choice("base", {"essential", "minbase"}, "essential");
  os.packages = table.texts("packages");
  os.exclude = table.texts("exclude");
  check_names(table, "exclude", os.exclude);
  if (const auto all = table.flag_or_texts("recommends", os.recommends_of)) os.recommends = *all;
  check_names(table, "recommends", os.recommends_of);
  for (const auto& at : table.tables("pin"))
    os.pins.push_back(read_pin(below(at), at.second));
  for (const auto& at : table.tables("index"))
    os.indexes.push_back(read_index(below(at), at.second, folder));
  table.finish();
  return os;
}

Json OsConfig::normalised() const {
  Json json = {{"distribution", distribution},
               {"suite", suite},
               {"base", base},
               {"packages", sorted(packages)},
               {"recommends", recommends}};
  if (!recommends_of.empty()) json["recommends"] = sorted(recommends_of);
  if (!suites.empty()) json["suites"] = sorted(suites);
  if (!exclude.empty()) json["exclude"] = sorted(exclude);
  // In their order: of several that fit the first one counts.
  for (const auto& pin : pins) {
    Json entry = {{"package", sorted(pin.packages)}, {"priority", pin.priority}};
    entry[pin.version.empty() ? "release" : "version"] = pin.version.empty() ? pin.release : pin.version;
    json["pins"].push_back(std::move(entry));
  }
  return json;
}

}  // namespace mlrepro
