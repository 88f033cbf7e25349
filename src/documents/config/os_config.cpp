#include "documents/config/os_config.hpp"

#include "base/sorted.hpp"
#include "standards/deb/relation.hpp"
#include "standards/python/url.hpp"

namespace mlrepro {
namespace {

constexpr long long largest_priority = 32767;  // apt keeps priorities in 16 bits

// Ends up in URLs and in messages.
bool is_suite(const std::string& name) {
  return !name.empty() && name.front() != '.' && name.front() != '/' &&
         name.find_first_of(" \t\n=()[]<>|,*?") == std::string::npos && name.find("..") == std::string::npos;
}

// "http://..." as it is; "file:/PATH", "file:///PATH" and a path, which may be relative to the manifest's
// folder, as file://PATH. Absent where it is of another kind.
std::optional<std::string> place_url(const std::string& text, const std::filesystem::path& folder) {
  std::string url = text;
  const bool web = url.starts_with("http://") || url.starts_with("https://");
  if (!web) {
    const bool is_url = url.starts_with("file:");
    if (!is_url && url.find("://") != std::string::npos) return std::nullopt;
    std::string path = is_url ? url.substr(5) : url;
    if (is_url && path.starts_with("//")) path.erase(0, 2);
    if (path.empty()) return std::nullopt;
    path = (folder / path).lexically_normal().string();
    const auto stays = [is_url](char c) {
      if (c == '%') return is_url;  // escapes of a URL stay what they are
      return c > 0x20 && c < 0x7f && std::string_view("\"#?<>\\^`|").find(c) == std::string_view::npos;
    };
    url = "file://" + python::percent_encode(path, stays);
  }
  while (url.ends_with('/'))
    url.pop_back();
  return url;
}

std::vector<std::string> read_mirrors(TableReader& table, const std::filesystem::path& folder) {
  std::vector<std::string> mirrors;
  for (const auto& text : table.text_or_texts("mirrors")) {
    auto url = place_url(text, folder);
    if (!url) {
      table.refuse("mirrors", "bad-value",
                   table.place("mirrors") + " has \"" + text + "\", which is no place",
                   "a URL (http, https, file), or a folder");
    }
    mirrors.push_back(std::move(*url));
  }
  return mirrors;
}

std::optional<std::string> read_snapshot(TableReader& table, const std::filesystem::path& folder) {
  const auto text = table.text("snapshot");
  if (!text) return std::nullopt;
  const auto url = place_url(*text, folder);
  std::string rest = *text;
  bool dated = false;
  for (const std::string_view word : {"{timestamp}", "{archive}", "{suite}"}) {
    for (auto at = rest.find(word); at != std::string::npos; at = rest.find(word)) {
      rest.erase(at, word.size());
      dated = dated || word == "{timestamp}";
    }
  }
  if (!url || !dated || rest.find_first_of("{}") != std::string::npos) {
    table.refuse(
        "snapshot", "bad-value",
        table.place("snapshot") + " = \"" + *text + "\" is no template of an archive that keeps every state",
        "a URL with {timestamp}, and {archive} and {suite} where they matter, for example "
        "\"https://archive.example/{archive}/{timestamp}\"");
  }
  return url;
}

OsIndexConfig read_index(TableReader table, const std::string& place, const std::filesystem::path& folder) {
  OsIndexConfig index;
  index.url = table.text("url").value_or("");
  if (index.url.empty()) table.refuse("url", "missing-key", place + ".url is missing");
  index.suites = table.texts("suites");
  index.components = table.texts("components");
  if (const auto keyring = table.text("signed-by")) index.signed_by = folder / *keyring;
  index.extra = table.flag("extra").value_or(false);
  index.snapshot = read_snapshot(table, folder);
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

void read_base(TableReader& table, OsConfig& os) {
  const auto text = table.text("base");
  // Also one that is written as for docker is meant as an image.
  if (!text || (!is_base_reference(*text) && text->find_first_of("/:@") == std::string::npos)) {
    os.base = table.choice("base", {"essential", "minbase"}, "essential");
    return;
  }
  os.base = *text;
  os.base_image = parse_base_reference(*text);
  if (!os.base_image) {
    table.refuse("base", "bad-value",
                 table.place("base") + " = \"" + *text + "\" names no image by its digest",
                 "write " + std::string(base_reference_form));
  }
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
  read_base(table, os);
  os.packages = table.texts("packages");
  os.exclude = table.texts("exclude");
  check_names(table, "exclude", os.exclude);
  if (const auto all = table.flag_or_texts("recommends", os.recommends_of)) os.recommends = *all;
  check_names(table, "recommends", os.recommends_of);
  for (const auto& at : table.tables("pin"))
    os.pins.push_back(read_pin(below(at), at.second));
  for (const auto& at : table.tables("index"))
    os.indexes.push_back(read_index(below(at), at.second, folder));
  os.mirrors = read_mirrors(table, folder);
  os.snapshot = read_snapshot(table, folder);
  table.finish();
  return os;
}

Json OsConfig::normalised() const {
  Json json = {{"distribution", distribution},
               {"suite", suite},
               {"base", base},
               {"packages", sorted_unique(packages)},
               {"recommends", recommends}};
  if (!recommends_of.empty()) json["recommends"] = sorted_unique(recommends_of);
  if (!suites.empty()) json["suites"] = sorted_unique(suites);
  if (!exclude.empty()) json["exclude"] = sorted_unique(exclude);
  // In their order: of several that fit the first one counts.
  for (const auto& pin : pins) {
    Json entry = {{"package", sorted_unique(pin.packages)}, {"priority", pin.priority}};
    entry[pin.version.empty() ? "release" : "version"] = pin.version.empty() ? pin.release : pin.version;
    json["pins"].push_back(std::move(entry));
  }
  return json;
}

}  // namespace mlrepro
