#include "services/index/apt_sources.hpp"

#include <algorithm>
#include <optional>

#include "base/file.hpp"
#include "base/text.hpp"
#include "services/index/apt_parts.hpp"
#include "standards/deb/control.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t largest_list = std::uint64_t{16} << 20;

std::string without_slashes(std::string_view uri) {
  while (uri.ends_with('/'))
    uri.remove_suffix(1);
  return std::string(uri);
}

std::vector<std::string> strings(const std::vector<std::string_view>& words) {
  return {words.begin(), words.end()};
}

// An embedded key stands as continuation lines, each indented by a space, empty lines as " .".
std::string key_block(std::string_view value) {
  std::string block;
  for (const auto line : deb::value_lines(value))
    block += std::string(line == "." ? "" : line) + "\n";
  return block;
}

// "[arch=amd64 signed-by=/a,/b]" at the start of `line`, taken off; false where it does not end.
bool take_options(std::string_view& line, AptSource& source) {
  if (!line.starts_with('[')) return true;
  const auto end = line.find(']');
  if (end == std::string_view::npos) return false;
  for (const auto option : split_words(line.substr(1, end - 1))) {
    if (!option.starts_with("signed-by=")) continue;
    source.signed_by = option.substr(10);
    std::replace(source.signed_by.begin(), source.signed_by.end(), ',', ' ');
  }
  line = trim(line.substr(end + 1));
  return true;
}

// The first address of a mirror list, apt-transport-mirror(1): one a line, what follows a tab is about it.
std::optional<std::string> first_mirror(std::string_view uri) {
  while (uri.starts_with("//"))
    uri.remove_prefix(1);
  const std::string text = read_file(fs::path(uri), largest_list);
  for (const auto line : split(text, '\n')) {
    const auto words = split_words(line);
    if (!words.empty() && !words.front().starts_with('#')) return without_slashes(words.front());
  }
  return std::nullopt;
}

// In a form that we can fetch; absent where there is none.
std::optional<std::string> fetchable(const std::string& uri) {
  if (uri.starts_with("http://") || uri.starts_with("https://") || uri.starts_with("file:/")) return uri;
  if (uri.starts_with("copy:/")) return "file:" + uri.substr(5);
  if (uri.starts_with("mirror+file:/")) return first_mirror(std::string_view(uri).substr(12));
  return std::nullopt;
}

}  // namespace

std::vector<AptSource> parse_deb822_sources(std::string_view text, const std::string& name) {
  std::vector<AptSource> sources;
  deb::ControlReader reader(text, name, deb::Comments::skipped);
  deb::Stanza stanza;
  while (reader.next(stanza)) {
    const auto types = deb::value_words(stanza.get("Types"));
    if (std::find(types.begin(), types.end(), "deb") == types.end()) continue;
    if (!deb::parse_boolean(stanza.get("Enabled")).value_or(true)) continue;
    AptSource source;
    source.components = strings(deb::value_words(stanza.get("Components")));
    const auto signed_by = stanza.get("Signed-By");
    if (signed_by.find("-----BEGIN PGP") != std::string_view::npos) {
      source.signed_by = key_block(signed_by);
    } else {
      source.signed_by = join(strings(deb::value_words(signed_by)), " ");
      std::replace(source.signed_by.begin(), source.signed_by.end(), ',', ' ');
    }
    const auto suites = deb::value_words(stanza.get("Suites"));
    for (const auto uri : deb::value_words(stanza.get("URIs"))) {
      source.uri = without_slashes(uri);
      for (const auto suite : suites) {
        source.suite = suite;
        sources.push_back(source);
      }
    }
  }
  return sources;
}

std::vector<AptSource> parse_one_line_sources(std::string_view text) {
  std::vector<AptSource> sources;
  for (auto line : split(text, '\n')) {
    line = trim(line.substr(0, line.find('#')));
    if (!line.starts_with("deb ") && !line.starts_with("deb\t")) continue;
    line = trim(line.substr(4));
    AptSource source;
    if (!take_options(line, source)) continue;
    const auto parts = split_words(line);
    if (parts.size() < 2) continue;
    source.uri = without_slashes(parts[0]);
    source.suite = parts[1];
    source.components.assign(parts.begin() + 2, parts.end());
    sources.push_back(std::move(source));
  }
  return sources;
}

std::vector<AptSource> read_apt_sources(const fs::path& apt_folder) {
  std::vector<AptSource> sources;
  const auto take = [&](std::vector<AptSource> more) {
    for (auto& source : more) {
      auto uri = fetchable(source.uri);
      if (!uri) continue;
      source.uri = std::move(*uri);
      sources.push_back(std::move(source));
    }
  };
  std::error_code ignored;
  if (fs::is_regular_file(apt_folder / "sources.list", ignored))
    take(parse_one_line_sources(read_file(apt_folder / "sources.list", largest_list)));
  for (const auto& file : apt_parts(apt_folder / "sources.list.d", {".list", ".sources"})) {
    const std::string text = read_file(file, largest_list);
    take(file.extension() == ".list" ? parse_one_line_sources(text)
                                     : parse_deb822_sources(text, file.string()));
  }
  return sources;
}

std::vector<std::string> trusted_keyrings(const fs::path& apt_folder) {
  std::vector<std::string> files;
  std::error_code ignored;
  if (fs::is_regular_file(apt_folder / "trusted.gpg", ignored))
    files.push_back((apt_folder / "trusted.gpg").string());
  for (const auto& file : apt_parts(apt_folder / "trusted.gpg.d", {".gpg", ".asc"}))
    files.push_back(file.string());
  return files;
}

}  // namespace mlrepro
