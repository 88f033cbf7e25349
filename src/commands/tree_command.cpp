#include "commands/tree_command.hpp"

#include <algorithm>

#include "documents/lockfile/lock_graph.hpp"

namespace mlrepro {
namespace {

// Below each root, a package's own tree is shown where it is met first; "(*)" stands for it later.
class Drawing {
 public:
  Drawing(const LockGraph& graph, const TreeOptions& options, Answer& answer)
      : graph_(graph), options_(options), answer_(answer), shown_(graph.packages().size()) {}

  void root(std::size_t package) {
    const LockNode& node = graph_.packages()[package];
    const bool again = shown_[package];
    answer_.line(label(node) + mark(node) + (again ? " (*)" : ""), Tone::strong);
    if (!again) below(package, "", 1);
  }

 private:
  static std::string label(const LockNode& node) { return node.name + " " + node.version; }

  static std::string mark(const LockNode& node) {
    if (node.in_base) return " (in the base image)";
    return node.requested ? "" : node.essential ? " (essential)" : " (not requested)";
  }

  [[nodiscard]] const std::vector<LockEdge>& edges_of(std::size_t package) const {
    const LockNode& node = graph_.packages()[package];
    return options_.invert ? node.required_by : node.requires_;
  }

  // A requirement says more than the name where it has a version or an extra.
  [[nodiscard]] std::string asked(std::size_t package, const LockEdge& edge) const {
    const LockNode& needed = graph_.packages()[options_.invert ? package : edge.package];
    return edge.requirement == needed.name ? "" : "  [" + edge.requirement + "]";
  }

  void below(std::size_t package, const std::string& indent, std::size_t level) {
    if (options_.depth && level > *options_.depth) return;
    shown_[package] = true;
    const auto& edges = edges_of(package);
    for (std::size_t i = 0; i < edges.size(); ++i) {
      const bool last = i + 1 == edges.size();
      const std::size_t child = edges[i].package;
      const bool again = shown_[child] && !edges_of(child).empty();
      const std::string base = graph_.packages()[child].in_base ? " (in the base image)" : "";
      answer_.line(indent + (last ? "└── " : "├── ") + label(graph_.packages()[child]) + base +
                   asked(package, edges[i]) + (again ? " (*)" : ""));
      if (!shown_[child]) below(child, indent + (last ? "    " : "│   "), level + 1);
    }
  }

  const LockGraph& graph_;
  const TreeOptions& options_;
  Answer& answer_;
  std::vector<bool> shown_;
};

Json names_of(const LockGraph& graph, const std::vector<LockEdge>& edges) {
  Json list = Json::array();
  for (const auto& edge : edges) {
    list.push_back({{"name", graph.packages()[edge.package].name}, {"requirement", edge.requirement}});
  }
  return list;
}

Json document_of(const LockGraph& graph, const std::vector<std::size_t>& roots,
                 const std::vector<Ecosystem>& ecosystems) {
  Json packages = Json::array();
  for (const auto& node : graph.packages()) {
    if (std::find(ecosystems.begin(), ecosystems.end(), node.ecosystem) == ecosystems.end()) continue;
    packages.push_back({{"ecosystem", name_of(node.ecosystem)},
                        {"name", node.name},
                        {"version", node.version},
                        {"requested", node.requested},
                        {"essential", node.essential},
                        {"in_base", node.in_base},
                        {"requires", names_of(graph, node.requires_)},
                        {"required_by", names_of(graph, node.required_by)}});
  }
  Json tops = Json::array();
  for (const std::size_t root : roots) {
    const auto& node = graph.packages()[root];
    tops.push_back({{"ecosystem", name_of(node.ecosystem)}, {"name", node.name}});
  }
  return {{"kind", "tree"}, {"version", 1}, {"roots", tops}, {"packages", packages}};
}

}  // namespace

int tree_command(const Invocation& invocation, const TreeOptions& options) {
  const Manifest manifest = invocation.read_manifest();
  const LockGraph graph(read_target(invocation, manifest, options.target));
  std::vector<Ecosystem> ecosystems;
  if (options.os || !options.python) ecosystems.push_back(Ecosystem::os);
  if (options.python || !options.os) ecosystems.push_back(Ecosystem::python);

  std::vector<std::size_t> roots;
  if (options.invert) {
    for (const std::size_t package : graph.named(*options.invert)) {
      const auto of = graph.packages()[package].ecosystem;
      if (std::find(ecosystems.begin(), ecosystems.end(), of) != ecosystems.end()) roots.push_back(package);
    }
  } else {
    for (const Ecosystem ecosystem : ecosystems) {
      const auto more = graph.roots(ecosystem);
      roots.insert(roots.end(), more.begin(), more.end());
    }
  }
  Drawing drawing(graph, options, *invocation.answer);
  std::size_t untouched = 0;  // packages of the base image that nothing here is about
  for (const std::size_t root : roots) {
    const LockNode& node = graph.packages()[root];
    if (node.in_base && !node.requested && !options.invert) {
      ++untouched;
    } else {
      drawing.root(root);
    }
  }
  if (untouched > 0) {
    invocation.answer->line("and " + std::to_string(untouched) + " more packages in the base image",
                            Tone::faint);
  }
  invocation.answer->document(document_of(graph, roots, ecosystems));
  return exit_done;
}

}  // namespace mlrepro
