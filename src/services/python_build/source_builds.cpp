#include "services/python_build/source_builds.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/error.hpp"
#include "base/parallel.hpp"
#include "base/sorted.hpp"
#include "base/text.hpp"
#include "codec/json.hpp"
#include "standards/python/wheel_name.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

SourceFile source_of(const PythonPackage& package) {
  auto archive = archive_of(package);
  return {package.name, package.version, std::move(archive.file), std::move(archive.subdirectory),
          std::move(archive.described)};
}

std::string key_of(const SourceFile& source) {
  return source.name + " " + source.version + " " + source.file.sha256.hex() + " " + source.described;
}

// A name is in `open` while its build is being found out.
template <typename Stack>
class Entered {
 public:
  Entered(Stack& stack, typename Stack::value_type entry) : stack_(stack) {
    stack_.push_back(std::move(entry));
  }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;
  ~Entered() { stack_.pop_back(); }

 private:
  Stack& stack_;
};

}  // namespace

SourceBuilds::SourceBuilds(SourceBuildsOptions options, HttpClient& client, const BlobStore& store,
                           Progress& progress)
    : options_(std::move(options)),
      store_(store),
      progress_(progress),
      memory_(options_.request.cache, options_.tree_digest, options_.source_date_epoch),
      environments_(options_.request, *this, options_.fetch, client, store),
      exclude_newer_(options_.request.exclude_newer) {}

SourceBuilds::~SourceBuilds() {
  if (early_) early_->over = true;
}

std::optional<python::CoreMetadata> SourceBuilds::metadata(const SourceFile& source) {
  auto known = read_source_metadata({source.file, source.subdirectory}, store_);
  if (!known.metadata) return std::nullopt;
  const auto& said = *known.metadata;
  const bool checkout = source.file.name.ends_with(".tar");
  const auto named = python::SdistName::parse(source.file.name, said.name);
  if (!checkout && (!named || named->version != said.version)) {
    throw Error(ErrorKind::input, "bad-sdist",
                source.file.name + " cannot be used: it is " + said.name + " " + said.version.str() +
                    " by what it says of itself");
  }
  return known.metadata;
}

std::vector<BuildQuestion> SourceBuilds::questions_of(const std::vector<SourceFile>& sources,
                                                      const std::vector<SourceFile>& beside) {
  std::vector<BuildQuestion> questions;
  for (const auto& source : sources)
    questions.push_back({source, true});
  for (const auto& source : beside)
    questions.push_back({source});
  return questions;
}

void SourceBuilds::expect(const std::vector<SourceFile>& sources, const std::vector<SourceFile>& beside,
                          std::optional<UnixTime> exclude_newer) {
  if (!options_.cannot_build.empty() || early_ || !options_.tree_is_ready()) return;
  exclude_newer_ = exclude_newer;
  auto early = std::make_unique<Early>();
  early->questions = questions_of(sources, beside);
  for (auto& question : early->questions)
    attempt(question, [&] { begin(question); });
  // What failed before a room was opened, over the network perhaps, is tried again when it is asked about.
  std::erase_if(early->questions, [](const auto& question) { return question.failure != nullptr; });
  (void)builder();
  early_ = std::move(early);
  early_->thread = std::jthread([this] {
    try {
      in_rooms(early_->questions, &SourceBuilds::ask, &early_->over);
    } catch (const Error&) {
      // Whoever asks about it will be told.
    }
  });
}

std::vector<python::CoreMetadata> SourceBuilds::built_metadata(const std::vector<SourceFile>& sources,
                                                               const std::vector<SourceFile>& beside,
                                                               std::optional<UnixTime> exclude_newer) {
  if (!options_.cannot_build.empty()) {
    throw Error(
        ErrorKind::input, "cannot-build",
        "only a build tells what " + shown(sources.front()) + " requires, and " + options_.cannot_build,
        "use versions that have wheels, or name it under python.no-build");
  }
  exclude_newer_ = exclude_newer;
  auto questions = questions_of(sources, beside);
  answer(questions);
  if (questions.front().failure) refuse(questions);
  std::vector<python::CoreMetadata> out;
  for (std::size_t i = 0; i < sources.size() && !questions[i].failure; ++i)
    out.push_back(std::move(*questions[i].metadata));
  return out;
}

PythonBuild SourceBuilds::build_of(const SourceFile& source) {
  std::vector<BuildQuestion> questions;
  questions.push_back({source});
  answer(questions);
  refuse(questions);
  return questions.front().build;
}

void SourceBuilds::answer(std::vector<BuildQuestion>& questions) {
  if (early_ && early_->thread.joinable()) early_->thread.join();
  for (auto& question : questions)
    attempt(question, [&] { begin(question); });
  in_rooms(questions, &SourceBuilds::ask);
  for (auto& question : questions)
    attempt(question, [&] { settle(question); });
  for (auto& question : questions)
    attempt(question, [&] { prepare_metadata(question); });
  in_rooms(questions, &SourceBuilds::build_metadata);
}

void SourceBuilds::in_rooms(std::vector<BuildQuestion>& questions,
                            void (SourceBuilds::*work)(BuildQuestion&) const, const std::atomic<bool>* over) {
  std::vector<BuildQuestion*> open;
  for (auto& question : questions) {
    if (question.task && !question.failure) open.push_back(&question);
  }
  // Those with build packages of their own, compilers of Cython among them, take longest.
  std::stable_sort(open.begin(), open.end(), [](const auto* a, const auto* b) {
    return a->build.packages.size() > b->build.packages.size();
  });
  if (open.empty()) return;
  (void)builder();
  run_parallel(open.size(), [&](std::size_t i) {
    if (over != nullptr && *over) return;
    attempt(*open[i], [&] { (this->*work)(*open[i]); });
    open[i]->task.reset();
  });
}

// Nothing that it was told so far is asked again.
bool SourceBuilds::was_begun_early(BuildQuestion& question) const {
  if (!early_) return false;
  const auto& begun = early_->questions;
  const auto same = std::find_if(begun.begin(), begun.end(), [&](const auto& other) {
    return key_of(other.source) == key_of(question.source);
  });
  if (same == begun.end()) return false;
  const bool with_metadata = question.with_metadata;
  question = *same;
  question.with_metadata = with_metadata;
  return true;
}

void SourceBuilds::begin(BuildQuestion& question) {
  const SourceFile& source = question.source;
  if (const auto known = known_.find(key_of(source)); known != known_.end()) {
    question.build = known->second;
    return;
  }
  if (was_begun_early(question)) return;
  check_no_cycle(source);
  const Entered guard(open_, Open{shown(source), source.file.sha256});
  const auto system = read_source_metadata({source.file, source.subdirectory}, store_).build_system;
  PythonBuild& build = question.build;
  build.name = source.name;
  build.version = source.version;
  build.source = source.file.sha256;
  build.backend = system.backend;
  build.backend_path = system.backend_path;
  build.requires_ = sorted_unique(system.requires_);
  for (const auto& before : options_.before) {
    if (before.name != source.name) continue;
    for (const auto& package : before.packages)
      question.preferred[package.name] = package.version;
  }
  build.packages = environments_.packages(shown(source), build.requires_, question.preferred, exclude_newer_);
  if (!options_.cannot_build.empty()) return;
  question.requirements = memory_.requirements(source, build);
  if (!question.requirements) question.task = task_of(source, build);
}

void SourceBuilds::ask(BuildQuestion& question) const {
  auto asked = builder_->ask(*question.task, question.with_metadata);
  memory_.keep(question.source, question.build, asked.requirements);
  if (asked.metadata) memory_.keep(question.source, question.build, *asked.metadata);
  question.requirements = std::move(asked.requirements);
  question.metadata = std::move(asked.metadata);
}

void SourceBuilds::settle(BuildQuestion& question) {
  const SourceFile& source = question.source;
  if (known_.contains(key_of(source))) return;
  const Entered guard(open_, Open{shown(source), source.file.sha256});
  PythonBuild& build = question.build;
  auto all = build.requires_;
  if (question.requirements)
    all.insert(all.end(), question.requirements->begin(), question.requirements->end());
  all = sorted_unique(std::move(all));
  if (all != build.requires_) {
    build.requires_ = std::move(all);
    // What the backend was asked with stays, so that it would answer the same.
    for (const auto& package : build.packages)
      question.preferred.insert({package.name, package.version});
    build.packages =
        environments_.packages(shown(source), build.requires_, question.preferred, exclude_newer_);
  }
  known_[key_of(source)] = build;
}

void SourceBuilds::prepare_metadata(BuildQuestion& question) {
  if (!question.with_metadata || question.metadata) return;
  question.metadata = memory_.metadata(question.source, question.build);
  if (!question.metadata) question.task = task_of(question.source, question.build);
}

void SourceBuilds::build_metadata(BuildQuestion& question) const {
  question.metadata = builder_->metadata(*question.task);
  memory_.keep(question.source, question.build, *question.metadata);
}

void SourceBuilds::check_no_cycle(const SourceFile& source) const {
  std::vector<std::string> way;
  for (const auto& open : open_) {
    if (!way.empty() || open.sha256 == source.file.sha256) way.push_back(open.what);
  }
  if (way.empty()) return;
  way.push_back(shown(source));
  throw Error(ErrorKind::input, "build-cycle",
              "to build " + shown(source) + " it would have to be built first: " + join(way, " needs "),
              "let one of them come as a wheel: take it out of python.no-binary");
}

std::vector<PythonPackage> SourceBuilds::as_wheels(const std::vector<PythonPackage>& packages) {
  std::vector<PythonPackage> wheels = packages;
  for (auto& package : wheels) {
    if (is_wheel(package.file)) continue;
    const SourceFile source = source_of(package);
    const PythonBuild build = build_of(source);
    auto wheel = memory_.wheel(source, build);
    if (!wheel || !store_.contains(wheel->sha256)) {  // the store may have lost it
      wheel = builder().wheel(task_of(source, build));
      memory_.keep(source, build, *wheel);
    }
    package.file = *wheel;
  }
  return wheels;
}

BuildTask SourceBuilds::task_of(const SourceFile& source, const PythonBuild& build) {
  BuildTask task;
  task.name = source.name;
  task.version = source.version;
  task.source = {source.file, source.subdirectory, source.described};
  task.build_system = {build.requires_, build.backend, build.backend_path};
  task.packages = as_wheels(build.packages);
  return task;
}

const WheelBuilder& SourceBuilds::builder() {
  if (builder_) return *builder_;
  const fs::path tree = options_.tree();
  scratch_.emplace(options_.images);
  builder_.emplace(
      BuildPlace{tree, scratch_->path(), options_.request.interpreter, options_.source_date_epoch}, store_,
      progress_);
  return *builder_;
}

void SourceBuilds::collect(const std::vector<PythonPackage>& packages,
                           std::map<std::string, PythonBuild>& out) {
  std::vector<BuildQuestion> questions;
  for (const auto& package : packages) {
    const SourceFile source = source_of(package);
    if (!is_wheel(package.file) && !out.contains(key_of(source))) questions.push_back({source});
  }
  answer(questions);
  refuse(questions);
  for (const auto& question : questions)
    out[key_of(question.source)] = question.build;
  for (const auto& question : questions) {
    const Entered guard(open_, Open{shown(question.source), question.source.file.sha256});
    collect(question.build.packages, out);
  }
}

std::vector<PythonBuild> SourceBuilds::builds(const std::vector<PythonPackage>& packages,
                                              std::optional<UnixTime> exclude_newer) {
  exclude_newer_ = exclude_newer;
  std::map<std::string, PythonBuild> found;
  collect(packages, found);
  std::vector<PythonBuild> out;
  for (auto& [key, build] : found)
    out.push_back(std::move(build));
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return std::tie(a.name, a.version, a.source) < std::tie(b.name, b.version, b.source);
  });
  return out;
}

std::string SourceBuilds::grounds() const {
  Json before = Json::array();
  for (const auto& build : options_.before) {
    Json pins = Json::array();
    for (const auto& package : build.packages)
      pins.push_back({package.name, package.version});
    before.push_back({build.name, std::move(pins)});
  }
  return canonical_json(
      {options_.cannot_build, options_.tree_digest.hex(), options_.source_date_epoch, before});
}

std::optional<std::vector<PageRead>> SourceBuilds::pages_read() const {
  return environments_.pages_read();
}

}  // namespace mlrepro
