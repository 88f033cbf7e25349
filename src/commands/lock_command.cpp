#include "commands/lock_command.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "adapters/net/http_client.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "commands/direct_sources.hpp"
#include "commands/lock_python.hpp"
#include "commands/lock_targets.hpp"
#include "documents/lockfile/lock_drift.hpp"
#include "documents/lockfile/lock_graph.hpp"
#include "documents/lockfile/lockfile_diff.hpp"
#include "services/index/debian_index.hpp"
#include "services/index/debian_places.hpp"
#include "services/provenance/data_state.hpp"
#include "services/resolve/module_twins.hpp"
#include "services/resolve/os_resolver.hpp"
#include "standards/python/name.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

std::size_t os_count(const TargetView& target) {
  return *target.os ? (*target.os)->packages.size() : 0;
}

std::size_t python_count(const TargetView& target) {
  return *target.python ? (*target.python)->packages.size() : 0;
}

std::string in_words(const TargetView& target) {
  return std::to_string(os_count(target)) + " OS packages, " + std::to_string(python_count(target)) +
         " Python packages";
}

// One walk of `lock`: what is known so far, from the manifest to the new lock.
class Locking {
 public:
  Locking(const Invocation& invocation, const LockOptions& options)
      : invocation_(invocation),
        options_(options),
        manifest_(invocation.read_manifest()),
        path_(invocation.lockfile_path(manifest_)),
        client_(invocation.offline, invocation.progress) {
    std::error_code ignored;
    if (fs::exists(path_, ignored)) before_ = read_lockfile(path_);
  }

  int check() const {
    if (!before_) (void)read_lockfile(path_);
    auto drifts = every_drift(invocation_, manifest_, *before_);
    for (const auto& change : changes_between(*before_, with_present_data(*before_))) {
      drifts.push_back({"data", change.name + " is not what was locked"});
    }
    Json list = Json::array();
    for (const auto& drift : drifts) {
      list.push_back({{"key", drift.key}, {"detail", drift.detail}});
      invocation_.answer->line("drift: " + drift.key + ": " + drift.detail, Tone::bad);
    }
    if (drifts.empty()) {
      invocation_.answer->line(path_.filename().string() + " satisfies the manifest, lock id " +
                               before_->id().tagged());
    } else {
      invocation_.answer->line("run mlrepro lock to bring them together");
    }
    invocation_.answer->document({{"kind", "lock-check"},
                                  {"version", 1},
                                  {"lock_id", before_->id().tagged()},
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
    const bool same = before_ && before_->id() == after.id();
    for (const auto& name : after.target_names())
      after.image_of(name) = same ? before_->image_of(name) : std::nullopt;
    return write(after);
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
      if (auto conflict = resolve_os_section(store, previous, part)) return conflict;
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

  // As of environment.exclude-newer where the archives have a past; where not, it is said.
  std::vector<DebianSource> os_sources() {
    auto sources = debian_sources(*manifest_.os, Invocation::apt_folder());
    NoProgress silent;
    Progress& progress = std::exchange(past_is_told_, true) ? silent : *invocation_.progress;
    if (manifest_.exclude_newer_than_pins) {
      progress.warning(
          "environment.exclude-newer = \"pins\" does not reach the OS packages: they are today's; a time, "
          "and os.snapshot, would reach them");
    }
    if (!manifest_.exclude_newer) return sources;
    const std::string time = format_rfc3339(*manifest_.exclude_newer);
    std::vector<std::string> without_past;
    sources = sources_as_of(std::move(sources), *manifest_.exclude_newer, without_past);
    if (std::any_of(sources.begin(), sources.end(), [](const auto& source) { return source.as_of; }))
      progress.note("the archives are read as of " + time +
                    ", and Valid-Until and keys are judged as of then");
    if (!without_past.empty()) {
      progress.warning(
          "environment.exclude-newer does not reach " + join(without_past, ", ") +
          ", an archive without a past: its packages are today's; os.snapshot names an archive that "
          "keeps every state");
    }
    return sources;
  }

  std::optional<Conflict> resolve_os_section(const BlobStore& store, const std::optional<Lockfile>& before,
                                             Lockfile& part) {
    const auto sources = os_sources();
    const std::string architecture = part.name().architecture();
    const bool same_suite = before && before->os && before->os->suite == manifest_.os->suite &&
                            before->os->distribution == manifest_.os->distribution;
    const DebianIndex index = load_debian_index(
        sources, architecture, client_, store, invocation_.cache / "releases", *invocation_.progress,
        same_suite ? before->os->releases : std::vector<LockedRelease>{});
    OsRequest request = os_request(*manifest_.os, architecture);
    request.files = index.files;
    if (before && before->os) {
      const Upgrades moving = upgrades();
      for (const auto& package : before->os->packages) {
        if (!moving.moves(package.name)) request.preferred[package.name] = package.version;
      }
    }
    request.cache = invocation_.cache / "solv";
    auto answer = resolve_os(request);
    if (auto* conflict = std::get_if<Conflict>(&answer)) return std::move(*conflict);
    part.os = OsSection{manifest_.os->distribution, manifest_.os->suite, architecture, index.releases,
                        std::move(std::get<OsSolution>(answer).packages)};
    return std::nullopt;
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

  int write(const Lockfile& after) {
    const std::string bytes = render_lockfile(after);
    std::error_code ignored;
    const bool changed = !before_ || !fs::exists(path_, ignored) || read_file(path_) != bytes;
    if (changed && !options_.dry_run) write_file_atomically(path_, bytes);

    const auto changes = changes_between(before_.value_or(Lockfile{}), after);
    const auto twins = module_twins(after);
    for (const auto& twin : twins)
      invocation_.progress->warning(twin.words);
    say(after, changes, changed);
    invocation_.answer->document(document_of(after, changes, changed, twins));
    return exit_done;
  }

  void say(const Lockfile& after, const std::vector<LockChange>& changes, bool changed) const {
    Answer& answer = *invocation_.answer;
    constexpr std::size_t shown_at_most = 40;
    for (std::size_t i = 0; before_ && i < changes.size() && i < shown_at_most; ++i) {
      const auto& change = changes[i];
      const std::string sign = change.before.empty() ? "+ " : change.after.empty() ? "- " : "~ ";
      const std::string arrow = change.before.empty() || change.after.empty() ? "" : " -> ";
      answer.line(sign + (change.target.empty() ? "" : change.target + " ") + change.section + " " +
                  change.name + " " + change.before + arrow + change.after);
    }
    if (before_ && changes.size() > shown_at_most) {
      answer.line("  and " + std::to_string(changes.size() - shown_at_most) + " more");
    }
    const auto targets = after.views();
    const std::string name = path_.filename().string();
    const std::string state = !changed           ? name + " is up to date"
                              : options_.dry_run ? name + " would change"
                                                 : (before_ ? "changed " : "wrote ") + name;
    if (targets.size() == 1) {
      answer.line(state + ": " + in_words(targets.front()), Tone::good);
    } else {
      answer.line(state + ": " + std::to_string(targets.size()) + " targets", Tone::good);
      for (const auto& target : targets)
        answer.line("  " + target.name.str() + ": " + in_words(target));
    }
    answer.line("lock id " + after.id().tagged());
  }

  [[nodiscard]] Json document_of(const Lockfile& after, const std::vector<LockChange>& changes, bool changed,
                                 const std::vector<ModuleTwin>& twins) const {
    const auto targets = after.views();
    Json sections = Json::object();
    for (const auto& [section, digest] : after.section_digests())
      sections[section] = digest.tagged();
    Json list = Json::array();
    for (const auto& change : before_ ? changes : std::vector<LockChange>{}) {
      list.push_back({{"section", change.section},
                      {"name", change.name},
                      {"before", change.before},
                      {"after", change.after}});
      if (!change.target.empty()) list.back()["target"] = change.target;
    }
    Json each = Json::array();
    for (const auto& target : targets) {
      each.push_back(
          {{"platform", target.name.platform}, {"os", os_count(target)}, {"python", python_count(target)}});
      if (!target.name.python.empty()) each.back()["interpreter"] = target.name.python;
    }
    Json warnings = Json::array();
    for (const auto& twin : twins) {
      warnings.push_back({{"code", "module-twice"},
                          {"message", twin.words},
                          {"packages", Json::array({twin.os_package, twin.python})}});
    }
    return {{"kind", "lock"},
            {"version", 1},
            {"lock_id", after.id().tagged()},
            {"changed", changed},
            {"sections", sections},
            {"os", {{"packages", os_count(targets.front())}}},
            {"python", {{"packages", python_count(targets.front())}}},
            {"targets", each},
            {"changes", list},
            {"warnings", warnings},
            {"network", {{"requests", client_.use().requests}, {"bytes", client_.use().bytes}}},
            {"seconds", watch_.seconds()}};
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
