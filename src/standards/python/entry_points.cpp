#include "standards/python/entry_points.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.hpp"

namespace mlrepro::python {
namespace {

// "pkg.mod": dotted identifiers. Bytes above ASCII may be letters of an identifier (PEP 3131).
bool is_dotted_name(std::string_view text) {
  for (const auto piece : split(text, '.')) {
    if (piece.empty() || (piece.front() >= '0' && piece.front() <= '9')) return false;
    for (const char c : piece) {
      const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                        c == '_' || static_cast<unsigned char>(c) >= 0x80;
      if (!word) return false;
    }
  }
  return true;
}

bool is_file_name(std::string_view name) {
  if (name.empty() || name == "." || name == ".." || name.size() > 255) return false;
  return std::none_of(name.begin(), name.end(),
                      [](char c) { return c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

std::vector<EntryPoint> parse_entry_points(std::string_view text) {
  std::vector<EntryPoint> out;
  std::map<std::pair<std::string, std::string>, std::size_t> seen;
  std::string group;
  for (const auto line : split(text, '\n')) {
    const auto content = trim(line);
    if (content.empty() || content.front() == '#' || content.front() == ';') continue;
    if (content.front() == '[' && content.back() == ']') {
      group = trim(content.substr(1, content.size() - 2));
      continue;
    }
    const auto equals = content.find('=');
    if (equals == std::string_view::npos || group.empty()) continue;
    EntryPoint entry;
    entry.group = group;
    entry.name = trim(content.substr(0, equals));
    auto object = trim(content.substr(equals + 1));
    object = trim(object.substr(0, object.find('[')));
    const auto colon = object.find(':');
    entry.module = trim(object.substr(0, colon));
    if (colon != std::string_view::npos) entry.attribute = trim(object.substr(colon + 1));
    if (entry.name.empty() || entry.module.empty()) continue;
    const auto [at, fresh] = seen.try_emplace({entry.group, entry.name}, out.size());
    if (fresh) {
      out.push_back(std::move(entry));
    } else {
      out[at->second] = std::move(entry);
    }
  }
  return out;
}

std::vector<EntryPoint> script_entry_points(std::string_view text) {
  auto entries = parse_entry_points(text);
  std::erase_if(entries, [](const EntryPoint& entry) {
    return (entry.group != "console_scripts" && entry.group != "gui_scripts") || !is_file_name(entry.name) ||
           !is_dotted_name(entry.module) || !is_dotted_name(entry.attribute);
  });
  return entries;
}

std::string render_script(const EntryPoint& entry, std::string_view interpreter) {
  const auto first = entry.attribute.substr(0, entry.attribute.find('.'));
  std::string out = "#!";
  out.append(interpreter);
  out += "\nimport sys\n\nfrom " + entry.module + " import " + first;
  return out += "\n\nif __name__ == \"__main__\":\n    sys.exit(" + entry.attribute + "())\n";
}

}  // namespace mlrepro::python
