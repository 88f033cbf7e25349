#include "commands/build_command.hpp"

#include "adapters/net/http_client.hpp"
#include "adapters/sandbox/user_namespace.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "commands/direct_sources.hpp"
#include "commands/imported_packages.hpp"
#include "commands/locked_files.hpp"
#include "commands/network.hpp"
#include "commands/os_tree.hpp"
#include "documents/lockfile/lock_drift.hpp"
#include "services/image/build_turn.hpp"
#include "services/image/canonicalisation.hpp"
#include "services/image/second_build.hpp"
#include "services/python_build/locked_wheels.hpp"
#include "store/cache_use.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

struct Output {
  std::string kind;
  fs::path path;
};

std::vector<Output> parse_outputs(const Invocation& invocation, const std::vector<std::string>& texts) {
  const std::vector<std::string> kinds = output_kinds();
  std::vector<Output> outputs;
  for (const auto& text : texts) {
    const auto colon = text.find(':');
    const std::string kind = text.substr(0, colon);
    if (colon == std::string::npos || colon + 1 == text.size() ||
        std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
      const auto near = nearest(kind, kinds);
      throw Error(ErrorKind::input, "bad-output",
                  "--output " + text + " is not KIND:PATH with KIND one of " + join(kinds, ", "),
                  near ? "did you mean " + *near + ":PATH?" : "for example --output oci:image");
    }
    outputs.push_back({kind, invocation.directory / text.substr(colon + 1)});
  }
  return outputs;
}

// A lock that was written anew while the image was built is not this image's, and stays.
void note_image(const Invocation& invocation, const Manifest& manifest, const Lockfile& lock) {
  const fs::path file = invocation.lockfile_path(manifest);
  Lockfile whole = read_lockfile(file);
  if (whole.id() == lock.id()) {
    whole.image_of(lock.name()) = lock.image;
    write_file_atomically(file, render_lockfile(whole));
  } else {
    invocation.progress->warning(file.filename().string() +
                                 " changed during the build: the image is not noted in it");
  }
}

}  // namespace

BuildRequest build_request(const Invocation& invocation, const Lockfile& lock, const BlobStore& store) {
  BuildRequest request;
  request.lock = &lock;
  request.store = &store;
  request.images = invocation.images_path();
  request.kept.emplace(invocation.kept_path(), store);
  request.make_wheels = [&invocation, &lock, &store](const fs::path& tree, const fs::path& scratch) {
    return make_locked_wheels(*lock.python,
                              {tree, scratch, lock.python->interpreter, lock.source_date_epoch()}, store,
                              *invocation.progress);
  };
  return request;
}

namespace {

struct Made {
  RealisedImage image;
  bool is_news = false;  // the lock does not name it yet
};

// Found without building, and held.
std::optional<RealisedImage> held_image(const Lockfile& lock, const fs::path& images) {
  auto image = find_image(lock, images);
  if (image) image->hold = std::make_shared<UniqueFd>(hold_image(image->folder));
  return image;
}

Made make_image(const Invocation& invocation, const Manifest& manifest, const Lockfile& lock,
                bool build_again) {
  refuse_drift(invocation, manifest, lock);
  if (!lock.os) {
    throw Error(ErrorKind::input, "no-os", "the lock has no [os] part, so there is no image to build",
                "add [os] with a suite to mlrepro.toml");
  }
  const CacheUse use(invocation.cache);
  if (!build_again) {
    if (auto image = held_image(lock, invocation.images_path())) return {std::move(*image), false};
  }
  // Maintainer scripts run while an image is made, and this machine runs those of its own kind.
  require_builder(lock);
  require_host_platform(lock, "its packages cannot be configured here",
                        "build on a machine of that platform: the lock is the same there");
  const BlobStore store(invocation.store_path());
  std::optional<BuildTurn> turn;
  if (!build_again) {
    turn.emplace(lock, invocation.images_path(), *invocation.progress);
    const auto& made = turn->made_meanwhile();
    if (made && (!lock.image || lock.image->digest == made->digest)) {
      Lockfile known = lock;
      known.image = made;
      if (auto image = held_image(known, invocation.images_path())) return {std::move(*image), !lock.image};
    }
  }
  const Stopwatch fetching;
  HttpClient client = open_network(invocation);
  fetch_locked_files(invocation, manifest, lock, client, store);
  const double fetched = fetching.seconds();
  BuildRequest request = build_request(invocation, lock, store);
  request.from_scratch = build_again;
  RealisedImage image = build_image(request, *invocation.progress);
  image.hold = std::make_shared<UniqueFd>(hold_image(image.folder));
  image.phases.insert(image.phases.begin(), {"fetch", fetched});
  const std::string wheel = lock.image ? differing_wheel(*lock.image, image.section) : std::string();
  if (lock.image && (lock.image->digest != image.section.digest || !wheel.empty()) &&
      lock.image->canonicalisation == image.section.canonicalisation) {
    throw Error(ErrorKind::input, "image-differs",
                "this build gave " + image.section.digest.tagged() + ", the lock names " +
                    lock.image->digest.tagged() +
                    (wheel.empty() ? "" : ": " + wheel + " was built from its source with other bytes"),
                "an input that no lock holds has reached the image: mlrepro build --twice may name it");
  }
  if (turn) turn->made(image.section);
  const bool is_news = !lock.image || lock.image->digest != image.section.digest;
  return {std::move(image), is_news};
}

SecondBuild build_second_time(const Invocation& invocation, const Manifest& manifest, const Lockfile& lock,
                              const RealisedImage& first) {
  const CacheUse use(invocation.cache);
  const BlobStore store(invocation.store_path());
  // An image that lay there already says nothing of the files it was made of.
  if (first.reused) {
    require_host_platform(lock, "its packages cannot be configured here",
                          "build on a machine of that platform: the lock is the same there");
    HttpClient client = open_network(invocation);
    fetch_locked_files(invocation, manifest, lock, client, store);
  }
  return build_second(build_request(invocation, lock, store), first, *invocation.progress);
}

void tell_differences(Answer& answer, const SecondBuild& second) {
  if (second.differences.empty()) {
    answer.line(
        "reproducible: a second build agrees in every entry; other was its " + join(second.perturbed, ", "),
        Tone::good);
    return;
  }
  answer.line("not reproducible: of two builds of one lock " + std::to_string(second.differences.size()) +
                  (second.differences.size() == 1 ? " entry differs" : " entries differ"),
              Tone::bad);
  for (const auto& difference : second.differences)
    answer.line("  " + difference.path + ": " + difference.how);
}

// With `fresh` nothing is known of earlier builds.
ImportReport import_packages(const Invocation& invocation, const Manifest& manifest, const Lockfile& lock,
                             const RealisedImage& image, bool fresh) {
  if (fresh || !lock.python || !manifest.build.check_imports)
    return imported_packages(invocation, manifest, lock, image);
  const BlobStore store(invocation.store_path());
  return imported_packages(invocation, manifest, lock, image, KeptForms(invocation.kept_path(), store));
}

void warn_of_imports(const Invocation& invocation, const Manifest& manifest, const Lockfile& lock,
                     const RealisedImage& image, bool fresh) {
  const ImportReport report = import_packages(invocation, manifest, lock, image, fresh);
  for (const auto& outcome : report.check.outcomes) {
    if (!outcome.ok) invocation.progress->warning(words_of(outcome));
  }
  if (!report.hint.empty()) invocation.progress->note(report.hint);
}

void tell_imports(Answer& answer, const ImportReport& report) {
  const std::size_t failed = report.failed_packages();
  answer.line(std::to_string(failed) +
                  (failed == 1 ? " requested Python package" : " requested Python packages") +
                  " cannot be imported: nothing is noted in the lock or written elsewhere",
              Tone::bad);
  for (const auto& outcome : report.check.outcomes) {
    if (!outcome.ok) answer.line("  " + words_of(outcome));
  }
  answer.line("hint: " + report.hint, Tone::faint);
}

}  // namespace

RealisedImage realise(const Invocation& invocation, const Manifest& manifest, Lockfile& lock,
                      bool build_again) {
  Made made = make_image(invocation, manifest, lock, build_again);
  if (!made.image.reused) warn_of_imports(invocation, manifest, lock, made.image, build_again);
  if (made.is_news) {
    lock.image = made.image.section;
    note_image(invocation, manifest, lock);
  }
  return std::move(made.image);
}

int build_command(const Invocation& invocation, const BuildOptions& options) {
  // Where an image is there already, the caller's own id is enough.
  (void)enter_any_user_namespace();
  const Stopwatch watch;
  const auto outputs = parse_outputs(invocation, options.outputs);
  const Manifest manifest = invocation.read_manifest();
  Lockfile lock = read_target(invocation, manifest, options.target);
  // Another list of canonicalisations gives another tree, which proves nothing.
  const bool outdated = lock.image && lock.image->canonicalisation != canonicalisation_version;
  Made made = make_image(invocation, manifest, lock, options.no_cache || (options.twice && outdated));
  RealisedImage& image = made.image;
  ImportReport imports;
  if (!options.no_check_imports)
    imports = import_packages(invocation, manifest, lock, image, options.no_cache || options.twice);
  const bool importable = imports.failed_packages() == 0;
  if (imports.asked && !imports.check.remembered) image.phases.emplace_back("import", imports.seconds);
  std::optional<SecondBuild> second;
  if (options.twice && importable) {
    second = build_second_time(invocation, manifest, lock, image);
    image.phases.insert(image.phases.end(), second->phases.begin(), second->phases.end());
  }
  // A digest that the next build would not give is no promise to write down; nor is an image that is of no
  // use.
  if (made.is_news && importable && (!second || second->differences.empty())) {
    lock.image = image.section;
    note_image(invocation, manifest, lock);
  }
  Answer& answer = *invocation.answer;
  answer.line(std::string(image.reused ? "reused" : "built") + " image " + image.section.digest.tagged(),
              Tone::good);
  if (importable) {
    const BlobStore store(invocation.store_path());
    for (const auto& output : outputs) {
      write_output(image, store, output.kind, output.path, *invocation.progress);
      answer.line("wrote " + output.kind + " to " + output.path.string());
    }
  } else {
    tell_imports(answer, imports);
  }
  if (second) tell_differences(answer, *second);
  Json phases = Json::object();
  for (const auto& [name, seconds] : image.phases)
    phases[name] = seconds;
  Json diff_ids = Json::array();
  for (const auto& diff_id : image.section.diff_ids)
    diff_ids.push_back(diff_id.tagged());
  Json document = {{"kind", "build"},
                   {"version", 1},
                   {"lock_id", lock.id().tagged()},
                   {"image",
                    {{"digest", image.section.digest.tagged()},
                     {"diff_ids", diff_ids},
                     {"config_digest", image.section.config_digest.tagged()}}},
                   {"platform", lock.name().platform},
                   {"reused", image.reused},
                   {"seconds", watch.seconds()},
                   {"phases", phases}};
  if (imports.asked) document["imports"] = to_json(imports.check);
  if (!imports.hint.empty()) document["hint"] = imports.hint;
  if (second) {
    document["reproducible"] = second->differences.empty();
    document["differences"] = Json::array();
    for (const auto& difference : second->differences)
      document["differences"].push_back({{"path", difference.path}, {"how", difference.how}});
    document["perturbed"] = second->perturbed;
  }
  answer.document(document);
  return !importable || (second && !second->differences.empty()) ? exit_no : exit_done;
}

}  // namespace mlrepro
