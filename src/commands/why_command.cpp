#include "commands/why_command.hpp"

#include "base/error.hpp"
#include "documents/lockfile/lock_graph.hpp"
#include "services/resolve/os_why.hpp"

namespace mlrepro {
namespace {

constexpr std::size_t shown_at_most = 8;

std::string step_of(const LockGraph& graph, const LockEdge& step) {
  const LockNode& node = graph.packages()[step.package];
  const bool says_more = !step.requirement.empty() && step.requirement != node.name;
  return node.name + " " + node.version + (says_more ? " [" + step.requirement + "]" : "");
}

std::string origin(const LockNode& root) {
  if (root.in_base && !root.requested) return "the base image";
  if (!root.requested) return root.essential ? "Essential: yes" : "not requested";
  return root.ecosystem == Ecosystem::os ? "os.packages" : "python.requirements";
}

void say(const LockGraph& graph, std::size_t package, const std::vector<LockChain>& chains, Answer& answer) {
  const LockNode& node = graph.packages()[package];
  answer.line(node.name + " " + node.version + " (" + std::string(name_of(node.ecosystem)) + ")",
              Tone::strong);
  if (node.in_base) answer.line("  it is in the base image");
  for (std::size_t i = 0; i < chains.size() && i < shown_at_most; ++i) {
    std::string text = "  " + origin(graph.packages()[chains[i].front().package]);
    for (const auto& step : chains[i])
      text += " → " + step_of(graph, step);
    answer.line(text);
  }
  if (chains.size() > shown_at_most) {
    answer.line("  and from " + std::to_string(chains.size() - shown_at_most) + " more packages",
                Tone::faint);
  }
}

// Nothing where the lock is not this manifest's, or its indexes are no longer kept.
std::vector<std::string> choice_of(const Invocation& invocation, const Manifest& manifest,
                                   const Lockfile& lock, const std::string& name) {
  if (!lock.os || !manifest.os || lock.os->base || lock.os->suite != manifest.os->suite) return {};
  std::vector<DebianSource> sources;
  try {
    sources = debian_sources(*manifest.os, Invocation::apt_folder());
  } catch (const Error& error) {
    if (error.code() != "no-os-index") throw;
  }
  auto files = kept_indexes(*lock.os, sources, BlobStore(invocation.store_path()));
  if (!files)
    return {"whether apt would choose alike cannot be said: the store no longer has the lock's indexes"};
  OsRequest request = os_request(*manifest.os, lock.os->architecture);
  request.files = std::move(*files);
  request.cache = invocation.cache / "solv";
  return why_chosen(request, *lock.os, name);
}

}  // namespace

int why_command(const Invocation& invocation, const std::string& package, const TargetChoice& target) {
  const Manifest manifest = invocation.read_manifest();
  const Lockfile lock = read_target(invocation, manifest, target);
  const LockGraph graph(lock);
  Json list = Json::array();
  for (const std::size_t found : graph.named(package)) {
    const auto chains = graph.chains_to(found);
    say(graph, found, chains, *invocation.answer);
    const LockNode& node = graph.packages()[found];
    std::vector<std::string> choice;
    if (node.ecosystem == Ecosystem::os && !node.in_base)
      choice = choice_of(invocation, manifest, lock, node.name);
    for (const auto& note : choice)
      invocation.answer->line("  " + note);
    Json ways = Json::array();
    for (const auto& chain : chains) {
      Json steps = Json::array();
      for (const auto& step : chain) {
        const LockNode& at = graph.packages()[step.package];
        Json entry{{"name", at.name}, {"version", at.version}};
        if (!step.requirement.empty()) entry["requirement"] = step.requirement;
        steps.push_back(std::move(entry));
      }
      ways.push_back({{"origin", origin(graph.packages()[chain.front().package])}, {"steps", steps}});
    }
    list.push_back({{"ecosystem", name_of(node.ecosystem)},
                    {"name", node.name},
                    {"version", node.version},
                    {"requested", node.requested},
                    {"essential", node.essential},
                    {"in_base", node.in_base},
                    {"chains", ways}});
    if (!choice.empty()) list.back()["choice"] = choice;
  }
  invocation.answer->document({{"kind", "why"}, {"version", 1}, {"name", package}, {"packages", list}});
  return exit_done;
}

}  // namespace mlrepro
