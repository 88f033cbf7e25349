#include "commands/lock_command.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "adapters/net/http_client.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "commands/direct_sources.hpp"
#include "commands/lock_news.hpp"
#include "commands/lock_os.hpp"
#include "commands/lock_python.hpp"
#include "commands/lock_targets.hpp"
#include "commands/network.hpp"
#include "documents/lockfile/lock_drift.hpp"
#include "documents/lockfile/lock_graph.hpp"
#include "documents/lockfile/lockfile_diff.hpp"
#include "services/provenance/data_state.hpp"
#include "standards/python/name.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

// One walk of `lock`: what is known so far, from the manifest to the new lock.
class Locking {
 public:
  Locking(const Invocation& invocation, const LockOptions& options)
      : invocation_(invocation),
        options_(options),
        manifest_(invocation.read_manifest()),
        path_(invocation.lockfile_path(manifest_)),
        client_(open_network(invocation)) {
    std::error_code ignored;
    if (fs::exists(path_, ignored)) before_ = read_lockfile(path_);
  }

  int check() const {
    if (!before_) (void)read_lockfile(path_);
    auto drifts = every_drift(invocation_, manifest_, *before_);
    for (const auto& change : changes_between(*before_, with_present_data(*before_))) {
      drifts.push_back({"data", change.name + " is not what was locked"});
    }
    const std::string id = before_->id().tagged();
    Json list = Json::array();
    for (const auto& drift : drifts) {
      list.push_back({{"key", drift.key}, {"detail", drift.detail}});
      invocation_.answer->line("drift: " + drift.key + ": " + drift.detail, Tone::bad);
    }
    if (drifts.empty()) {
      invocation_.answer->line(path_.filename().string() + " satisfies the manifest, lock id " + id);
    } else {
      invocation_.answer->line("run mlrepro lock to bring them together");
    }
    invocation_.answer->document({{"kind", "lock-check"},
                                  {"version", 1},
                                  {"lock_id", id},
                                  {"satisfied", drifts.empty()},
                                  {"drift", list}});
    return drifts.empty() ? exit_done : exit_no;
  }

  int lock() {
    moved_ = before_ && !local_drift(invocation_, manifest_, *before_).empty();
    const bool fits = before_ && !moved_ && drift_of(*before_, manifest_.normalised()).empty();
    Lockfile after;
    if (fits && !options_.upgrade && options_.upgrade_packages.empty()) {
      after = with_present_data(*before_);
    } else {
      const auto conflict = resolve(after);
      if (conflict) return answer(*conflict);
    }
    // The image belongs to one lock id; a lock that moved has not been built yet.
    const Sha256 id = after.id();
    const bool same = before_ && before_->id() == id;
    for (const auto& name : after.target_names())
      after.image_of(name) = same ? before_->image_of(name) : std::nullopt;
    return write(after, id);
  }

 private:
  Lockfile with_present_data(Lockfile lock) const {
    lock.data.clear();
    for (const auto& path : manifest_.data)
      lock.data.push_back(data_state(manifest_.folder, path));
    std::sort(lock.data.begin(), lock.data.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    return lock;
  }

  std::optional<Conflict> resolve(Lockfile& lock) {
    check_names_to_upgrade();
    for (const auto& warning : manifest_.python ? manifest_.python->warnings : std::vector<std::string>{})
      invocation_.progress->warning(warning);
    const BlobStore store(invocation_.store_path());
    lock.inputs = manifest_.normalised();
    const auto plans = planned_targets(manifest_);
    std::vector<Lockfile> parts;
    for (const auto& plan : plans) {
      const auto before = before_ ? previous_target(*before_, plan, plans.size()) : std::nullopt;
      const bool stays = before && !moved_ && !options_.upgrade && options_.upgrade_packages.empty() &&
                         still_fits(*before_, *before, plan, lock.inputs);
      if (plans.size() > 1)
        invocation_.progress->note((stays ? "unchanged: " : "locking ") + plan.name.str());
      Lockfile part;
      part.inputs = lock.inputs;
      part.part_platform = plan.name.platform;
      if (stays) {
        part.os = *before->os;
        part.python = *before->python;
      } else if (auto conflict = resolve_target(plan, before, parts, store, part)) {
        return plans.size() > 1 ? of_target(std::move(*conflict), plan.name) : std::move(*conflict);
      }
      parts.push_back(std::move(part));
    }
    lock.os = std::move(parts.front().os);
    lock.python = std::move(parts.front().python);
    for (std::size_t i = 1; i < parts.size(); ++i) {
      lock.targets.push_back(
          {plans[i].name.platform, std::move(parts[i].os), std::move(parts[i].python), std::nullopt});
    }
    lock = with_present_data(std::move(lock));
    return std::nullopt;
  }

  std::optional<Conflict> resolve_target(const TargetPlan& plan, const std::optional<TargetView>& before,
                                         const std::vector<Lockfile>& earlier, const BlobStore& store,
                                         Lockfile& part) {
    std::optional<Lockfile> previous;
    if (before) previous = before_->target(before->name);
    if (manifest_.os) {
      NoProgress silent;
      Progress& past = std::exchange(past_is_told_, true) ? silent : *invocation_.progress;
      auto conflict = lock_os(invocation_, manifest_, previous, upgrades(), client_, store, past, part);
      if (conflict) return conflict;
    }
    if (!manifest_.python) return std::nullopt;
    const PythonSection* sibling = nullptr;
    for (const auto& other : earlier) {
      if (other.name().python == plan.name.python || manifest_.os) {
        sibling = &*other.python;
        break;
      }
    }
    return lock_python(invocation_, plan.manifest, previous, upgrades(), client_, store, sibling, part);
  }

  static Conflict of_target(Conflict conflict, const TargetName& name) {
    for (auto& entry : conflict.conflicts)
      entry.message = "for " + name.str() + ": " + entry.message;
    return conflict;
  }

  Upgrades upgrades() const {
    Upgrades upgrades{options_.upgrade};
    for (const auto& name : options_.upgrade_packages)
      upgrades.packages.insert({name, python::normalise_name(name)});
    return upgrades;
  }

  void check_names_to_upgrade() const {
    if (options_.upgrade_packages.empty()) return;
    const Lockfile before = before_.value_or(Lockfile{});
    std::vector<LockGraph> graphs;
    std::set<std::string> build_packages;  // in the lock, but not in the environment that a graph shows
    for (const auto& name : before.target_names()) {
      const Lockfile target = before.target(name);
      graphs.emplace_back(target);
      for (const auto& build : target.python ? target.python->builds : std::vector<PythonBuild>{}) {
        for (const auto& package : build.packages)
          build_packages.insert(package.name);
      }
    }
    for (const auto& wanted : options_.upgrade_packages) {
      const bool known = build_packages.contains(python::normalise_name(wanted)) ||
                         std::any_of(graphs.begin(), graphs.end(),
                                     [&](const auto& graph) { return !graph.find(wanted).empty(); });
      if (!known) (void)graphs.front().named(wanted);
    }
  }

  int answer(const Conflict& conflict) const {
    for (const auto& line : told(conflict)) {
      const Tone tone = line.part == ToldLine::Part::message      ? Tone::bad
                        : line.part == ToldLine::Part::suggestion ? Tone::good
                                                                  : Tone::plain;
      invocation_.answer->line(line.text, tone);
    }
    invocation_.answer->document(to_json(conflict));
    return exit_no;
  }

  int write(const Lockfile& after, const Sha256& id) {
    const std::string bytes = render_lockfile(after);
    std::error_code ignored;
    const bool changed = !before_ || !fs::exists(path_, ignored) || read_file(path_) != bytes;
    if (changed && !options_.dry_run) write_file_atomically(path_, bytes);

    const LockNews news{after,
                        id,
                        path_.filename().string(),
                        !before_,
                        changed,
                        options_.dry_run,
                        before_ ? changes_between(*before_, after) : std::vector<LockChange>{},
                        module_twins(after)};
    for (const auto& twin : news.twins)
      invocation_.progress->warning(twin.words);
    tell(news, *invocation_.answer);
    if (invocation_.answer->wants_document())
      invocation_.answer->document(to_json(news, client_.use(), watch_.seconds()));
    return exit_done;
  }

  const Invocation& invocation_;
  const LockOptions& options_;
  Stopwatch watch_;
  Manifest manifest_;
  fs::path path_;
  HttpClient client_;
  std::optional<Lockfile> before_;
  bool moved_ = false;  // local sources are not what was locked
  bool past_is_told_ = false;
};

}  // namespace

int lock_command(const Invocation& invocation, const LockOptions& options) {
  Locking locking(invocation, options);
  return options.check ? locking.check() : locking.lock();
}

}  // namespace mlrepro
