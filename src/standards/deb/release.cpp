#include "standards/deb/release.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "standards/deb/control.hpp"

namespace mlrepro::deb {
namespace {

// Sizes above this are no index but a way to make us compute with absurd numbers.
constexpr unsigned long long max_size = 1ULL << 40;

[[noreturn]] void fail(const std::string& name, const std::string& why) {
  throw Error(ErrorKind::input, "bad-release", "cannot read " + name + ": " + why,
              "the archive's Release file is malformed: try another mirror");
}

bool stays_inside(std::string_view path) {
  if (path.empty() || path.front() == '/') return false;
  for (const std::string_view piece : split(path, '/'))
    if (piece.empty() || piece == "." || piece == "..") return false;
  return std::none_of(path.begin(), path.end(), [](char c) { return static_cast<unsigned char>(c) < 0x21; });
}

std::optional<UnixTime> date(const Stanza& stanza, std::string_view field, const std::string& name) {
  const auto text = stanza.find(field);
  if (!text) return std::nullopt;
  const auto time = parse_rfc2822(*text);
  if (!time) fail(name, std::string(field) + " \"" + std::string(*text) + "\" is no date");
  return time;
}

std::vector<std::string> words(const Stanza& stanza, std::string_view field) {
  std::vector<std::string> result;
  for (const std::string_view word : value_words(stanza.get(field)))
    result.emplace_back(word);
  return result;
}

void read_files(std::string_view list, Release& release, const std::string& name) {
  for (const std::string_view line : value_lines(list)) {
    const auto columns = split_words(line);
    if (columns.size() != 3)
      fail(name, "the SHA256 line \"" + std::string(line) + "\" has not three columns");
    const auto sha256 = columns[0].size() == 64 ? Sha256::parse(columns[0]) : std::nullopt;
    const auto size = parse_number(columns[1]);
    if (!sha256 || !size || *size > max_size)
      fail(name, "the SHA256 line \"" + std::string(line) + "\" has no proper digest and size");
    if (!stays_inside(columns[2]))
      fail(name, "the path \"" + std::string(columns[2]) + "\" leaves the suite");
    const ReleaseFile file{*size, *sha256};
    const auto [at, added] = release.files.emplace(std::string(columns[2]), file);
    if (!added && (at->second.size != file.size || at->second.sha256 != file.sha256))
      fail(name, "\"" + std::string(columns[2]) + "\" is listed twice with different content");
  }
}

}  // namespace

Release parse_release(std::string_view text, const std::string& name) {
  ControlReader reader(text, name);
  Stanza stanza;
  if (!reader.next(stanza)) fail(name, "it is empty");
  Release release;
  release.origin = stanza.get("Origin");
  release.label = stanza.get("Label");
  release.suite = stanza.get("Suite");
  release.codename = stanza.get("Codename");
  release.version = stanza.get("Version");
  release.not_automatic = parse_boolean(stanza.get("NotAutomatic")).value_or(false);
  release.but_automatic_upgrades = parse_boolean(stanza.get("ButAutomaticUpgrades")).value_or(false);
  const auto made = date(stanza, "Date", name);
  if (!made) fail(name, "it has no Date");
  release.date = *made;
  release.valid_until = date(stanza, "Valid-Until", name);
  release.acquire_by_hash = parse_boolean(stanza.get("Acquire-By-Hash")).value_or(false);
  release.components = words(stanza, "Components");
  release.architectures = words(stanza, "Architectures");
  const auto has_all = std::find(release.architectures.begin(), release.architectures.end(), "all");
  release.architecture_all_separate =
      has_all != release.architectures.end() && stanza.get("No-Support-for-Architecture-all") != "Packages";
  const auto list = stanza.find("SHA256");
  if (!list) fail(name, "it has no SHA256 list");
  read_files(*list, release, name);
  Stanza further;
  if (reader.next(further)) fail(name, "it has more than one stanza");
  return release;
}

std::string by_hash_path(std::string_view path, const Sha256& sha256) {
  const auto slash = path.rfind('/');
  const std::string folder(slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash + 1));
  return folder + "by-hash/SHA256/" + sha256.hex();
}

}  // namespace mlrepro::deb
