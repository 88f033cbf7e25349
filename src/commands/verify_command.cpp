#include "commands/verify_command.hpp"

#include "adapters/net/http_client.hpp"
#include "adapters/sandbox/user_namespace.hpp"
#include "base/abandoned.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "commands/build_command.hpp"
#include "commands/direct_sources.hpp"
#include "commands/locked_files.hpp"
#include "commands/network.hpp"
#include "commands/run_command.hpp"
#include "services/index/debian_index.hpp"
#include "services/provenance/data_state.hpp"
#include "services/run/published_ports.hpp"
#include "services/verify/lock_checks.hpp"
#include "services/verify/run_checks.hpp"
#include "store/catalog.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

class Verification {
 public:
  Verification(const Invocation& invocation, const VerifyOptions& options)
      : invocation_(invocation),
        options_(options),
        manifest_(invocation.read_manifest()),
        lock_path_(invocation.lockfile_path(manifest_)),
        whole_(read_lockfile(lock_path_)),
        lock_(chosen_target(whole_, options.target)),
        store_(invocation.store_path()) {}

  int verify() {
    const bool all = !options_.lock && !options_.image && options_.run.empty();
    if (all || options_.lock) check_lock();
    if (all || options_.image) check_image();
    if (all || !options_.run.empty() || options_.replay) check_runs(all);
    return say();
  }

 private:
  // Times `make` and keeps its check.
  template <typename Make>
  void add(const Make& make) {
    const Stopwatch watch;
    Check check = make();
    check.seconds = watch.seconds();
    checks_.push_back(std::move(check));
  }

  void check_lock() {
    add([&] { return check_canonical(read_file(lock_path_), whole_, lock_path_.filename().string()); });
    add([&] { return check_manifest(every_drift(invocation_, manifest_, whole_)); });
    fetch_missing();
    add([&] { return check_chain(); });
    if (lock_.os) add([&] { return check_os_files(*lock_.os, store_, *invocation_.progress); });
    if (lock_.python) add([&] { return check_python_files(*lock_.python, store_, *invocation_.progress); });
    if (!lock_.data.empty()) add([&] { return check_data(lock_.data, present_data()); });
  }

  // What is not here is fetched; what is here but damaged stays, for the checks below to name.
  void fetch_missing() {
    try {
      HttpClient client = open_network(invocation_);
      if (lock_.os && manifest_.os && !invocation_.offline) {
        refetch_debian_chain(*lock_.os, debian_sources(*manifest_.os, Invocation::apt_folder()), client,
                             store_);
      }
      fetch_locked_files(invocation_, manifest_, lock_, client, store_);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) throw;
      invocation_.progress->warning("not every locked file could be fetched: " + error.message());
    }
  }

  Check check_chain() {
    if (!lock_.os || !manifest_.os)
      return {"os-chain", CheckStatus::skipped, "the lock has no OS part", 0, false};
    const auto sources = debian_sources(*manifest_.os, Invocation::apt_folder());
    const auto links = check_debian_chain(*lock_.os, sources, store_);
    std::size_t wrong = 0;
    Check check{"os-chain", CheckStatus::pass,
                std::to_string(links.size()) + " links from signature to package hold", 0, options_.lock};
    for (const auto& link : links) {
      if (link.good) continue;
      // What the archive has replaced since and nobody kept cannot be judged; what is there and wrong is
      // wrong.
      const CheckStatus status = link.missing ? CheckStatus::skipped : CheckStatus::fail;
      if (check.status == CheckStatus::fail && status == CheckStatus::skipped) continue;
      wrong = check.status == status ? wrong + 1 : 1;
      if (wrong == 1) check.detail = link.subject + ": " + link.detail;
      check.status = status;
    }
    if (wrong > 1) check.detail += " (and " + std::to_string(wrong - 1) + " more)";
    return check;
  }

  std::vector<LockedData> present_data() const {
    std::vector<LockedData> present;
    std::error_code ignored;
    for (const auto& data : lock_.data) {
      if (fs::exists(manifest_.folder / data.path, ignored))
        present.push_back(data_state(manifest_.folder, data.path));
    }
    return present;
  }

  void check_image() {
    add([&]() -> Check {
      if (!lock_.os) return {"image", CheckStatus::skipped, "the lock has no OS part", 0, options_.image};
      if (!lock_.image)
        return {"image", CheckStatus::skipped, "never built: mlrepro build writes its digest", 0, true};
      if (lock_.name().platform != host_platform()) {
        return {"image", CheckStatus::skipped,
                "the target is " + lock_.name().platform + ", and this machine is " + host_platform(), 0,
                true};
      }
      fetch_missing();
      ImageSection again;
      try {
        again = rebuild_digest(build_request(invocation_, lock_, store_), *invocation_.progress);
      } catch (const Error& error) {
        // A wrong or missing file is an answer; a full disk is not.
        if (error.kind() != ErrorKind::input) throw;
        return {"image", CheckStatus::fail, "cannot be built again: " + error.message(), 0, true};
      }
      const std::string wheel = differing_wheel(*lock_.image, again);
      if (again.digest == lock_.image->digest && wheel.empty()) {
        return {"image", CheckStatus::pass, "built again: " + again.digest.tagged(), 0, true};
      }
      if (again.canonicalisation != lock_.image->canonicalisation) {
        return {"image", CheckStatus::skipped,
                "the lock's image was made with canonicalisation " +
                    std::to_string(lock_.image->canonicalisation) + ", this mlrepro has " +
                    std::to_string(again.canonicalisation),
                0, true};
      }
      return {"image", CheckStatus::fail,
              "built again it is " + again.digest.tagged() + ", the lock names " +
                  lock_.image->digest.tagged() + (wheel.empty() ? "" : "; the wheel " + wheel + " differs"),
              0, true};
    });
  }

  std::optional<RunRecord> chosen_run() {
    const fs::path file = invocation_.directory / options_.run;
    std::error_code ignored;
    if (!options_.run.empty() && fs::is_regular_file(file, ignored)) {
      carried_ = true;
      return parse_run_record(parse_json(read_file(file), options_.run), options_.run);
    }
    const fs::path records = Invocation::records_path(manifest_);
    if (fs::exists(records, ignored)) {
      const Catalog catalog(records);
      if (!options_.run.empty()) return catalog.find(options_.run);
      if (!catalog.list().empty()) return catalog.find("latest");
    }
    if (options_.run.empty()) return std::nullopt;
    throw Error(ErrorKind::input, "no-run", "there is no run " + options_.run + " and no such file",
                "mlrepro runs lists the recorded runs");
  }

  void check_runs(bool all) {
    const auto record = chosen_run();
    if (!record) {
      checks_.push_back({"run", CheckStatus::skipped, "no run is recorded yet", 0, false});
      if (options_.replay)
        checks_.push_back({"replay", CheckStatus::skipped, "there is no run to do again", 0, true});
      return;
    }
    if (all || !options_.run.empty()) {
      const Stopwatch watch;
      auto checks = check_run(*record, lock_, manifest_.folder);
      if (!checks.empty()) checks.back().seconds = watch.seconds();
      checks_.insert(checks_.end(), checks.begin(), checks.end());
    }
    if (options_.replay) replay(*record);
  }

  // A record of somebody else's may name what lies in the project; what lies elsewhere, only the manifest or
  // a run of our own may.
  [[nodiscard]] std::vector<MountConfig> replayed_mounts(const RecordedContainer& container) const {
    std::vector<MountConfig> mounts;
    for (const auto& mount : container.mounts) {
      const fs::path source = fs::path(mount.source).lexically_normal();
      const bool outside = source.is_absolute() || *source.begin() == "..";
      const auto& known = manifest_.run.mounts;
      const bool declared = std::any_of(known.begin(), known.end(), [&](const auto& each) {
        return (manifest_.folder / each.source / "").lexically_normal() == (source / "");
      });
      if (carried_ && outside && !declared) {
        throw Error(ErrorKind::input, "bad-record",
                    options_.run + " asks for the mount " + mount.source + ", which lies outside the project",
                    "name it under run.mounts of the manifest, if it may be read");
      }
      mounts.push_back({mount.source, mount.destination, mount.read_only});
    }
    return mounts;
  }

  // The same where they are free. A record of somebody else's opens nothing to other machines.
  [[nodiscard]] std::vector<PublishedPort> replayed_ports(const RecordedContainer& container) const {
    std::vector<PublishedPort> ports;
    for (const auto& text : container.ports) {
      ports.push_back(parse_port(text));
      if (carried_) ports.back().address = "127.0.0.1";
      std::vector<PublishedPort> one{ports.back()};
      try {
        take_ports(one);
      } catch (const Error& error) {
        if (error.code() != "port-taken") throw;
        ports.back().outside = 0;
      }
    }
    take_ports(ports);
    return ports;
  }

  void replay(const RunRecord& record) {
    add([&]() -> Check {
      Lockfile lock = lock_;
      const RealisedImage image = realise(invocation_, manifest_, lock, false);
      const HeldDirectory outputs(invocation_.cache / "run", "replay");
      RunRequest request = run_request(invocation_, manifest_, lock, image);
      request.command = record.command;
      request.environment = record.environment;
      request.workdir = record.workdir;
      request.network = record.network;
      request.determinism = record.determinism;
      if (const auto& container = record.container) {
        request.user = container->user;
        request.shm_size = container->shm_size;
        request.read_only = container->read_only;
        request.gpus = container->gpus;
        request.mounts = replayed_mounts(*container);
        request.limits = {parse_ulimits(container->ulimits), container->memory, container->cpus};
        if (record.network == "private") request.ports = replayed_ports(*container);
      }
      request.output_root = outputs.path();
      request.quiet = true;
      try {
        return check_replay(record, run_in_image(request, nullptr, *invocation_.progress).record);
      } catch (const Error& error) {
        // What it ran or mounted is gone: an answer. No container runtime is none.
        if (error.kind() != ErrorKind::input) throw;
        return {"replay", CheckStatus::fail, "cannot be run again: " + error.message(), 0, true};
      }
    });
  }

  int say() const {
    Answer& answer = *invocation_.answer;
    for (const auto& check : checks_) {
      const Tone tone = check.status == CheckStatus::pass   ? Tone::good
                        : check.status == CheckStatus::fail ? Tone::bad
                                                            : Tone::faint;
      std::string label = to_string(check.status);
      label.resize(9, ' ');
      std::string name = check.name;
      name.resize(std::max<std::size_t>(name.size(), 15), ' ');
      answer.line(label + name + " " + check.detail, tone);
    }
    const Verdict verdict = verdict_of(checks_);
    answer.line(to_string(verdict), verdict == Verdict::verified ? Tone::good : Tone::bad);
    answer.document(to_json(checks_));
    return verdict == Verdict::verified ? exit_done : exit_no;
  }

  const Invocation& invocation_;
  const VerifyOptions& options_;
  Manifest manifest_;
  fs::path lock_path_;
  Lockfile whole_;
  Lockfile lock_;
  BlobStore store_;
  std::vector<Check> checks_;
  bool carried_ = false;  // the record came as a file
};

}  // namespace

int verify_command(const Invocation& invocation, const VerifyOptions& options) {
  const bool builds = options.image || (!options.lock && options.run.empty());
  if (builds) enter_user_namespace();
  if (options.replay && !builds) (void)enter_any_user_namespace();
  return Verification(invocation, options).verify();
}

}  // namespace mlrepro
