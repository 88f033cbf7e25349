// A Python index in memory, and what the resolver says about it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "services/resolve/python_resolver.hpp"
#include "services/resolve/python_source.hpp"
#include "standards/python/name.hpp"
#include "standards/python/requirement.hpp"
#include "standards/python/wheel_name.hpp"

namespace mlrepro {

struct FakeRelease {
  std::vector<std::string> requires_dist;
  std::vector<std::string> extras;  // Provides-Extra, beside those that markers name
  std::optional<std::string> requires_python;
  std::optional<std::string> yanked;
  std::optional<UnixTime> upload_time;
  std::vector<std::string> tags = {"py3-none-any"};  // a wheel for each
  bool python_on_page = true;                        // else only the metadata tells Requires-Python
  bool sdist_only = false;
  bool sdist_too = false;  // beside the wheels
  std::uint64_t size = 1000;
  bool needs_build = false;  // the source does not tell its requirements
};

// Answers come at wait(), in an order that `seed` decides.
class FakeIndex final : public PythonSource {
 public:
  void add(const std::string& project, const std::string& version, std::vector<std::string> requires_dist) {
    add(project, version,
        FakeRelease{std::move(requires_dist), {}, {}, {}, {}, {"py3-none-any"}, true, false});
  }
  void add(const std::string& project, const std::string& version, const FakeRelease& release = {}) {
    const std::string name = python::normalise_name(project);
    auto& files = pages_[name];
    const auto put = [&](const std::string& filename) {
      python::SimpleFile file;
      file.filename = filename;
      file.url = "https://index.test/" + filename;
      file.sha256 = sha256(filename);
      if (release.python_on_page) file.requires_python = release.requires_python;
      file.yanked = release.yanked;
      file.upload_time = release.upload_time;
      files.push_back(std::move(file));
    };
    std::string escaped = name;
    std::replace(escaped.begin(), escaped.end(), '-', '_');
    const std::string source = escaped + "-" + version + ".tar.gz";
    if (release.sdist_only || release.sdist_too) {
      put(source);
      releases_[source] = release;
    }
    if (release.sdist_only) return;
    for (const auto& tag : release.tags) {
      const std::string filename = escaped + "-" + version + "-" + tag + ".whl";
      put(filename);
      releases_[filename] = release;
    }
  }

  void page(const std::string& name, std::function<void(const ProjectPage&)> answer) override {
    asked.push_back(name);
    queue_.emplace_back([this, name, answer = std::move(answer)] {
      const auto found = pages_.find(name);
      ProjectPage page;
      if (found != pages_.end()) {
        auto files = found->second;
        std::shuffle(files.begin(), files.end(), random_);
        page = {true, "test", PageFiles(files)};
      }
      answer(page);
    });
  }
  void metadata(const python::SimpleFile& file, std::function<void(const WheelMetadata&)> answer) override {
    read.insert(file.filename);
    queue_.emplace_back([this, filename = file.filename, answer = std::move(answer)] {
      WheelMetadata metadata;
      metadata.wheel_size = releases_.at(filename).size;
      metadata.needs_build = filename.ends_with(".tar.gz") && releases_.at(filename).needs_build;
      if (!metadata.needs_build) metadata.metadata = said_by(filename);
      answer(metadata);
    });
  }
  [[nodiscard]] python::CoreMetadata said_by(const std::string& filename) const {
    const FakeRelease& release = releases_.at(filename);
    python::CoreMetadata metadata;
    metadata.name = filename.substr(0, filename.find('-'));
    if (const auto wheel = python::WheelName::parse(filename)) {
      metadata.version = wheel->version;
    } else {
      metadata.version = python::SdistName::parse(filename, metadata.name)->version;
    }
    metadata.requires_dist = release.requires_dist;
    metadata.requires_python = release.requires_python;
    metadata.provides_extra = release.extras;
    for (const auto& line : release.requires_dist) {
      const auto requirement = python::Requirement::parse(line);
      if (!requirement || !requirement->marker) continue;
      for (const auto& extra : requirement->marker->extras())
        metadata.provides_extra.push_back(extra);
    }
    return metadata;
  }
  void identify(const python::SimpleFile& file,
                std::function<void(const Sha256&, std::uint64_t)> answer) override {
    queue_.emplace_back(
        [digest = sha256(file.filename), answer = std::move(answer)] { answer(digest, 1000); });
  }
  void wait() override {
    ++rounds;
    while (!queue_.empty()) {
      std::shuffle(queue_.begin(), queue_.end(), random_);
      auto now = std::exchange(queue_, {});
      for (auto& answer : now)
        answer();
    }
  }
  void reorder(std::uint32_t seed) {
    random_.seed(seed);
    asked.clear();
    read.clear();
    rounds = 0;
  }

  std::vector<std::string> asked;  // projects
  std::set<std::string> read;      // file names
  int rounds = 0;

 private:
  std::map<std::string, std::vector<python::SimpleFile>> pages_;
  std::map<std::string, FakeRelease> releases_;
  std::vector<std::function<void()>> queue_;
  std::mt19937 random_{1};
};

// Builds by looking into the index.
class FakeBuilder final : public SourceBuilder {
 public:
  explicit FakeBuilder(const FakeIndex& index) : index_(index) {}
  std::optional<python::CoreMetadata> metadata(const SourceFile& source) override {
    return index_.said_by(source.file.name);
  }
  [[nodiscard]] std::string cannot_build() const override { return {}; }
  void expect(const std::vector<SourceFile>& sources, const std::vector<SourceFile>& others,
              std::optional<UnixTime>) override {
    for (const auto* list : {&others, &sources}) {
      for (const auto& source : *list)
        expected.push_back(source.name + " " + source.version);
    }
  }
  std::vector<python::CoreMetadata> built_metadata(const std::vector<SourceFile>& sources,
                                                   const std::vector<SourceFile>& others,
                                                   std::optional<UnixTime>) override {
    for (const auto& source : others)
      beside.push_back(source.name + " " + source.version);
    std::vector<python::CoreMetadata> said;
    for (const auto& source : sources) {
      built.push_back(source.name + " " + source.version);
      said.push_back(index_.said_by(source.file.name));
    }
    return said;
  }
  std::vector<PythonBuild> builds(const std::vector<PythonPackage>&, std::optional<UnixTime>) override {
    return {};
  }
  [[nodiscard]] std::string grounds() const override { return "a fake"; }
  [[nodiscard]] std::optional<std::vector<PageRead>> pages_read() const override {
    return std::vector<PageRead>{};
  }
  std::vector<std::string> built;
  std::vector<std::string> beside;
  std::vector<std::string> expected;

 private:
  const FakeIndex& index_;
};

class PythonResolverTest : public ::testing::Test {
 protected:
  using Versions = std::map<std::string, std::string>;

  class Warnings final : public Progress {
   public:
    void update(std::string_view, std::uint64_t, std::uint64_t, Unit) override {}
    void finish(std::string_view) override {}
    void warning(std::string_view text) override { lines.emplace_back(text); }
    void note(std::string_view) override {}
    std::vector<std::string> lines;
  };

  PythonResolverTest() {
    request.interpreter = {"python3", "3.11.2", "cpython", "glibc 2.36", {}};
    request.machine = "x86_64";
    request.indexes = {{"test", "https://index.test/simple"}};
    request.prereleases = "stable-first";
  }
  std::variant<PythonSolution, Conflict> resolve(std::vector<std::string> requirements) {
    request.requirements = std::move(requirements);
    return resolve_python(request, index, progress);
  }
  PythonSolution solution(std::vector<std::string> requirements) {
    auto result = resolve(std::move(requirements));
    if (const auto* conflict = std::get_if<Conflict>(&result)) {
      ADD_FAILURE() << describe(*conflict);
      return {};
    }
    return std::get<PythonSolution>(std::move(result));
  }
  Versions versions(std::vector<std::string> requirements) {
    Versions result;
    for (const auto& package : solution(std::move(requirements)).packages)
      result[package.name] = package.version;
    return result;
  }
  ConflictEntry refused(std::vector<std::string> requirements) {
    auto result = resolve(std::move(requirements));
    if (const auto* found = std::get_if<PythonSolution>(&result)) {
      std::string chosen;
      for (const auto& package : found->packages)
        chosen += package.name + " " + package.version + "; ";
      ADD_FAILURE() << "no conflict: " << chosen;
      return {};
    }
    return std::get<Conflict>(result).conflicts.at(0);
  }
  // Of the error that it ends in.
  std::string code_of(std::vector<std::string> requirements) {
    try {
      (void)resolve(std::move(requirements));
    } catch (const Error& error) {
      return error.code();
    }
    return "none";
  }
  // "mlrepro.toml|a|a 1": a chain, one text a link.
  static std::vector<std::string> links(const ConflictEntry& entry) {
    std::vector<std::string> lines;
    for (const auto& link : entry.chain)
      lines.push_back(link.from + "|" + link.requirement + "|" + link.to);
    return lines;
  }

  FakeIndex index;
  PythonRequest request;
  Warnings progress;
};

}  // namespace mlrepro
