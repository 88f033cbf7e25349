#include "services/index/apt_sources.hpp"

#include <algorithm>
#include <set>

#include "base/file.hpp"
#include "base/text.hpp"
#include "standards/deb/control.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

std::string without_slashes(std::string_view uri) {
  while (uri.ends_with('/'))
    uri.remove_suffix(1);
  return std::string(uri);
}

std::vector<std::string> words(std::string_view text, char separator = ' ') {
  std::vector<std::string> list;
  for (const auto word : split_words(text)) {
    for (const auto piece : separator == ' ' ? std::vector<std::string_view>{word} : split(word, separator)) {
      if (!piece.empty()) list.emplace_back(piece);
    }
  }
  return list;
}

// An embedded key stands as continuation lines, each indented by a space, empty lines as " .".
std::string key_block(std::string_view value) {
  std::string block;
  for (const auto line : split(value, '\n')) {
    const auto text = trim(line);
    block += std::string(text == "." ? "" : text) + "\n";
  }
  return block;
}

std::vector<fs::path> files_in(const fs::path& folder, const std::set<std::string>& endings) {
  std::vector<fs::path> files;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (endings.contains(entry.path().extension().string()) && entry.is_regular_file(ignored))
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::vector<AptSource> parse_deb822_sources(std::string_view text, const std::string& name) {
  std::vector<AptSource> sources;
  deb::ControlReader reader(text, name, deb::Comments::skipped);
  deb::Stanza stanza;
  while (reader.next(stanza)) {
    const auto types = words(stanza.get("Types"));
    if (std::find(types.begin(), types.end(), "deb") == types.end()) continue;
    if (!deb::parse_boolean(stanza.get("Enabled")).value_or(true)) continue;
    AptSource source;
    source.components = words(stanza.get("Components"));
    source.architectures = words(stanza.get("Architectures"));
    const auto signed_by = stanza.get("Signed-By");
    source.signed_by = signed_by.find("BEGIN PGP") == std::string_view::npos ? std::string(trim(signed_by))
                                                                             : key_block(signed_by);
    for (const auto& uri : words(stanza.get("URIs"))) {
      for (const auto& suite : words(stanza.get("Suites"))) {
        source.uri = without_slashes(uri);
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
    if (line.starts_with('[')) {
      const auto end = line.find(']');
      if (end == std::string_view::npos) continue;
      for (const auto option : split_words(line.substr(1, end - 1))) {
        const auto equals = option.find('=');
        if (equals == std::string_view::npos) continue;
        const auto value = option.substr(equals + 1);
        if (option.starts_with("signed-by=")) source.signed_by = value;
        if (option.starts_with("arch=")) source.architectures = words(value, ',');
      }
      line = trim(line.substr(end + 1));
    }
    const auto parts = words(line);
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
    sources.insert(sources.end(), more.begin(), more.end());
  };
  std::error_code ignored;
  if (fs::is_regular_file(apt_folder / "sources.list", ignored)) {
    take(parse_one_line_sources(read_file(apt_folder / "sources.list", 16U << 20)));
  }
  for (const auto& file : files_in(apt_folder / "sources.list.d", {".list", ".sources"})) {
    const std::string text = read_file(file, 16U << 20);
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
  for (const auto& file : files_in(apt_folder / "trusted.gpg.d", {".gpg", ".asc"}))
    files.push_back(file.string());
  return files;
}

}  // namespace mlrepro
