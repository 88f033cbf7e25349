#include "standards/python/import_names.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/text.hpp"
#include "standards/python/name.hpp"

namespace mlrepro::python {
namespace {

constexpr std::array<std::string_view, 11> side_names{"benchmark", "benchmarks", "conftest", "doc",
                                                      "docs",      "example",    "examples", "scripts",
                                                      "setup",     "test",       "tests"};

// Letters beyond ASCII are allowed to identifiers; which of them is left to the interpreter.
bool is_identifier(std::string_view name) {
  const auto may_begin = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  if (name.empty() || !may_begin(name.front())) return false;
  return std::all_of(name.begin(), name.end(),
                     [&](char c) { return may_begin(c) || (c >= '0' && c <= '9'); });
}

// "a" of "a.py", "a.so", "a.abi3.so", "a.cpython-311-x86_64-linux-gnu.so"; empty for what is no module.
std::string_view module_of(std::string_view file) {
  const auto dot = file.find('.');
  if (dot == std::string_view::npos) return {};
  const std::string_view name = file.substr(0, dot);
  const std::string_view ending = file.substr(dot);
  const bool extension =
      ending == ".so" || ending == ".abi3.so" || (ending.starts_with(".cpython-") && ending.ends_with(".so"));
  if ((ending != ".py" && !extension) || !is_identifier(name) || name == "__main__") return {};
  return name;
}

struct Node {
  bool regular = false;  // a module, or a folder with an __init__
  std::map<std::string, Node, std::less<>> below;
};

void add(Node& root, std::string_view path) {
  const auto parts = split(path, '/');
  const std::string_view name = module_of(parts.back());
  if (name.empty() ||
      !std::all_of(parts.begin(), parts.end() - 1, [](auto part) { return is_identifier(part); }))
    return;
  Node* node = &root;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    node = &node->below[std::string(parts[i])];
    if (node->regular) return;  // the package itself is what is imported
  }
  if (name != "__init__") {
    node->below[std::string(name)].regular = true;
  } else if (parts.size() > 1) {
    node->regular = true;
  }
}

void collect(const Node& node, const std::string& name, std::vector<std::string>& names) {
  if (node.regular) return names.push_back(name);
  for (const auto& [child, below] : node.below)
    collect(below, name.empty() ? child : name + "." + child, names);
}

bool is_side(const std::string& name) {
  const auto parts = split(name, '.');
  return std::any_of(parts.begin(), parts.end(), [](auto part) {
    return part.starts_with('_') || std::find(side_names.begin(), side_names.end(), part) != side_names.end();
  });
}

}  // namespace

std::vector<std::string> import_names(std::string_view distribution, const std::vector<std::string>& files,
                                      std::string_view top_level) {
  Node root;
  for (const auto& file : files)
    add(root, file);
  const auto declared = split_words(top_level);
  const std::set<std::string_view> tops(declared.begin(), declared.end());
  // What is declared and not there was written by hand and forgotten.
  const bool some = std::any_of(tops.begin(), tops.end(), [&](auto top) { return root.below.contains(top); });
  if (some) std::erase_if(root.below, [&](const auto& entry) { return !tops.contains(entry.first); });
  std::vector<std::string> names;
  collect(root, {}, names);
  const std::string own = normalise_name(distribution);
  for (const auto& name : names) {
    if (normalise_name(name) == own) return {name};
  }
  if (!std::all_of(names.begin(), names.end(), is_side)) std::erase_if(names, is_side);
  return names;
}

}  // namespace mlrepro::python
