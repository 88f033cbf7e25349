// A source for solving again: what was read is there at once, and further reading has its bounds.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "services/resolve/python_source.hpp"
#include "services/resolve/source_builder.hpp"

namespace mlrepro {

// Thrown by wait() where the bounds are reached; nothing that was asked is answered then, and the real source
// owes nothing.
struct TrialOver {};

// Thrown where only a build would tell, which no suggestion is worth.
struct TrialNeedsBuild {};

class TrialSource final : public PythonSource {
 public:
  // `known` tells of a file or a project ("" for the other) whether the real source has it at hand.
  using Known = std::function<bool(const std::string& project, const std::string& file)>;
  TrialSource(PythonSource& real, Known known) : real_(real), known_(std::move(known)) {}

  void page(const std::string& name, std::function<void(const ProjectPage&)> answer) override;
  void metadata(const python::SimpleFile& file, std::function<void(const WheelMetadata&)> answer) override;
  void identify(const python::SimpleFile& file,
                std::function<void(const Sha256&, std::uint64_t)> answer) override {
    real_.identify(file, std::move(answer));
  }
  void wait() override;

  [[nodiscard]] bool over() const;
  // A second answer is not worth the time any more.
  [[nodiscard]] bool late() const;

 private:
  void count(const std::string& project, const std::string& file);

  static constexpr int most_reads = 400;
  static constexpr int source_weight = 50;  // of a source the whole file is read
  static constexpr std::chrono::milliseconds most_time{2000};
  static constexpr std::chrono::milliseconds late_after{700};

  PythonSource& real_;
  Known known_;
  int reads_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::map<std::string, ProjectPage> pages_;
  std::map<std::string, WheelMetadata> metadata_;  // by file name and hash
  std::set<std::string> wanted_pages_;
  std::map<std::string, python::SimpleFile> wanted_files_;
  std::vector<std::function<void()>> answers_;
};

// Builds nothing that was not built before.
class TrialBuilder final : public SourceBuilder {
 public:
  // `built` are names of files.
  TrialBuilder(SourceBuilder& real, std::set<std::string> built) : real_(real), built_(std::move(built)) {}
  std::optional<python::CoreMetadata> metadata(const SourceFile& source) override {
    return real_.metadata(source);
  }
  [[nodiscard]] std::string cannot_build() const override { return real_.cannot_build(); }
  std::vector<python::CoreMetadata> built_metadata(const std::vector<SourceFile>& sources,
                                                   const std::vector<SourceFile>& /*beside*/,
                                                   std::optional<UnixTime> exclude_newer) override {
    const auto other = std::find_if(sources.begin(), sources.end(), [&](const SourceFile& source) {
      return !built_.contains(source.file.name);
    });
    if (other == sources.begin()) throw TrialNeedsBuild{};
    return real_.built_metadata({sources.begin(), other}, {}, exclude_newer);
  }
  std::vector<PythonBuild> builds(const std::vector<PythonPackage>& packages,
                                  std::optional<UnixTime> exclude_newer) override {
    return real_.builds(packages, exclude_newer);
  }
  [[nodiscard]] std::string grounds() const override { return real_.grounds(); }
  [[nodiscard]] std::optional<std::vector<PageRead>> pages_read() const override {
    return real_.pages_read();
  }

 private:
  SourceBuilder& real_;
  std::set<std::string> built_;
};

}  // namespace mlrepro
