#include "commands/why_size.hpp"

#include <algorithm>
#include <tuple>

#include "base/byte_size.hpp"
#include "documents/lockfile/lock_graph.hpp"
#include "services/image/image_builder.hpp"
#include "services/image/installed_sizes.hpp"

namespace mlrepro {
namespace {

struct Cost {
  std::size_t package = 0;  // of the graph
  std::uint64_t own = 0;    // bytes, as all
  std::uint64_t with_needs = 0;
  std::uint64_t alone = 0;
};

class Costs {
 public:
  Costs(const LockGraph& graph, const std::optional<InstalledSizes>& installed) : graph_(graph) {
    for (const auto& node : graph.packages()) {
      if (!installed) {
        sizes_.push_back(node.size);
        continue;
      }
      const auto& list = node.ecosystem == Ecosystem::os ? installed->os : installed->python;
      const auto found = list.find(node.name);
      sizes_.push_back(found == list.end() ? 0 : found->second);
    }
  }

  [[nodiscard]] Cost of(std::size_t package) const {
    return {package, sizes_[package], sum(graph_.needs_of(package)), sum(graph_.alone_by(package))};
  }
  [[nodiscard]] std::uint64_t total() const {
    std::uint64_t total = 0;
    for (const auto size : sizes_)
      total += size;
    return total;
  }

 private:
  [[nodiscard]] std::uint64_t sum(const std::vector<std::size_t>& packages) const {
    std::uint64_t total = 0;
    for (const auto i : packages)
      total += sizes_[i];
    return total;
  }

  const LockGraph& graph_;
  std::vector<std::uint64_t> sizes_;
};

std::vector<std::size_t> asked_for(const LockGraph& graph, const std::string& package) {
  if (!package.empty()) return graph.named(package);
  std::vector<std::size_t> requested;
  for (std::size_t i = 0; i < graph.packages().size(); ++i) {
    if (graph.packages()[i].requested) requested.push_back(i);
  }
  return requested;
}

}  // namespace

int why_size_command(const Invocation& invocation, const std::string& package, const TargetChoice& target) {
  const Manifest manifest = invocation.read_manifest();
  const Lockfile lock = read_target(invocation, manifest, target);
  const LockGraph graph(lock);
  const auto image = find_image(lock, invocation.images_path());
  const Costs costs(graph, image ? std::optional(installed_sizes(lock, image->rootfs)) : std::nullopt);
  std::vector<Cost> list;
  for (const std::size_t each : asked_for(graph, package))
    list.push_back(costs.of(each));
  std::stable_sort(list.begin(), list.end(), [](const Cost& a, const Cost& b) {
    return std::tie(a.alone, a.with_needs) > std::tie(b.alone, b.with_needs);
  });
  std::vector<std::vector<std::string>> rows{{"package", "", "own", "with its needs", "alone by it"}};
  Json packages = Json::array();
  for (const auto& cost : list) {
    const LockNode& node = graph.packages()[cost.package];
    rows.push_back({node.name + " " + node.version, std::string(name_of(node.ecosystem)),
                    readable_size(cost.own), readable_size(cost.with_needs), readable_size(cost.alone)});
    packages.push_back({{"ecosystem", name_of(node.ecosystem)},
                        {"name", node.name},
                        {"version", node.version},
                        {"requested", node.requested},
                        {"own", cost.own},
                        {"with_needs", cost.with_needs},
                        {"alone", cost.alone}});
  }
  Answer& answer = *invocation.answer;
  answer.table(rows);
  answer.line(
      "all " + std::to_string(graph.packages().size()) + " packages: " + readable_size(costs.total()) +
      (image ? " in the image" : " to fetch; mlrepro build, and it is said what they take installed"));
  answer.document({{"kind", "size"},
                   {"version", 1},
                   {"measure", image ? "installed" : "files"},
                   {"packages", packages},
                   {"total", costs.total()}});
  return exit_done;
}

}  // namespace mlrepro
