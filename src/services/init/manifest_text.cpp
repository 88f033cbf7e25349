#include "services/init/manifest_text.hpp"

#include <algorithm>

#include "codec/toml.hpp"
#include "standards/python/foreign_text.hpp"

namespace mlrepro {
namespace {

constexpr std::size_t longest_comment = 200;

std::string quoted(const std::string& text) {
  return toml_string(python::as_utf8(text));
}

// Bare where TOML allows it.
std::string key(const std::string& name) {
  const bool bare = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  return bare ? name : quoted(name);
}

// One line, printable: what a comment may hold (TOML 1.0, Comment).
std::string comment(const std::string& text) {
  std::string line;
  for (const char c : python::as_utf8(text)) {
    const bool space = static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
    if (!space) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  if (line.size() <= longest_comment) return line;
  std::size_t end = longest_comment;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U)
    --end;
  return line.substr(0, end) + "...";
}

std::string inline_list(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words)
    text += (text.empty() ? "" : ", ") + quoted(word);
  return "[" + text + "]";
}

// One entry a line, where it comes from behind it.
std::string list(const std::string& name, const std::vector<DraftEntry>& entries) {
  if (entries.empty()) return {};
  std::string text = name + " = [\n";
  for (const auto& entry : entries) {
    text += "    " + quoted(entry.value) + ",";
    if (entry.origin.line > 0) text += "  # " + comment(entry.origin.str());
    text += "\n";
  }
  return text + "]\n";
}

std::string os_section(const Draft& draft) {
  std::string text = "\n[os]\n";
  text += "suite = " + quoted(draft.suite->value);
  if (!draft.suite->origin.file.empty()) text += "  # " + comment(draft.suite->origin.str());
  text += "\n" + list("packages", draft.os_packages);
  if (draft.recommends) {
    text += "# " + comment(draft.recommends->str()) + " took recommended packages too; so would this:\n";
    text += "# recommends = true\n";
  }
  return text;
}

std::string index(const std::string& name, const DraftEntry& entry) {
  return "\n[[python.index]]  # " + comment(entry.origin.str()) + "\nname = " + quoted(name) +
         "\nurl = " + quoted(entry.value) + "\n";
}

std::string python_section(const Draft& draft) {
  if (draft.requirements.empty() && draft.files.empty() && !draft.pyproject) return {};
  std::string text = "\n[python]\n";
  if (!draft.files.empty()) {
    std::vector<std::string> names;
    for (const auto& file : draft.files)
      names.push_back(file.value);
    text += "files = " + inline_list(names) + "\n";
  }
  if (draft.pyproject)
    text += "pyproject = " +
            (draft.pyproject->value == "pyproject.toml" ? "true" : quoted(draft.pyproject->value)) + "\n";
  text += list("requirements", draft.requirements) + list("constraints", draft.constraints);
  std::size_t number = 0;
  for (const auto& extra : draft.extra_indexes)
    text += index("extra-" + std::to_string(++number), extra);
  if (draft.index) text += index("pypi", *draft.index);
  return text;
}

std::string run_section(const Draft& draft) {
  if (!draft.command && draft.mounts.empty() && draft.environment.empty()) return {};
  std::string text = "\n[run]\n";
  if (draft.command) text += "command = " + inline_list(draft.command->words) + "\n";
  if (draft.workdir) text += "workdir = " + quoted(draft.workdir->value) + "\n";
  if (!draft.mounts.empty()) {
    std::vector<std::string> mounts;
    for (const auto& mount : draft.mounts)
      mounts.push_back(mount.value);
    text += "mounts = " + inline_list(mounts) + "\n";
  }
  if (!draft.environment.empty()) {
    std::string pairs;
    for (const auto& [name, value] : draft.environment)
      pairs += (pairs.empty() ? "" : ", ") + key(name) + " = " + quoted(value.value);
    text += "env = { " + pairs + " }\n";
  }
  text += "# determinism = \"strict\"  # off, warn or strict: which switches of the frameworks are set\n";
  return text +
         "\n# Files that the run leaves, compared when it is done again:\n# [outputs]\n# paths = "
         "[\"output/**\"]\n";
}

}  // namespace

std::string manifest_text(const Draft& draft, const std::string& source) {
  std::string text = "# Written by mlrepro init";
  if (!source.empty()) text += " from " + comment(source);
  text += ". What each key means: man 5 mlrepro.toml\n";
  if (!draft.notes.empty()) {
    text += "#\n# Not carried over, to be decided by you:\n";
    for (const auto& note : draft.notes)
      text += "#   " +
              comment(note.origin.file.empty() ? note.value : note.origin.str() + ": " + note.value) + "\n";
  }
  if (draft.pins > 0) {
    text +=
        "\n# " + std::to_string(draft.pins) + (draft.pins == 1 ? " requirement is" : " requirements are") +
        " pinned. What is not pinned, their own requirements too, is taken from today\n"
        "# and may be years younger than the pins. This takes all of it from the time of the youngest pin:\n"
        "# [environment]\n# exclude-newer = \"pins\"\n";
  }
  return text + os_section(draft) + python_section(draft) + run_section(draft);
}

}  // namespace mlrepro
