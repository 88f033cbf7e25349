// Sources at lock time: their metadata, and how each is built. Build requirements are resolved like any
// others, so that a lock names every package that has a part in a wheel.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "adapters/net/http_client.hpp"
#include "base/progress.hpp"
#include "services/image/build_folder.hpp"
#include "services/python_build/build_environments.hpp"
#include "services/python_build/build_memory.hpp"
#include "services/python_build/build_question.hpp"
#include "services/python_build/wheel_builder.hpp"
#include "services/resolve/python_resolver.hpp"
#include "services/resolve/source_builder.hpp"

namespace mlrepro {

struct SourceBuildsOptions {
  // The manifest's: indexes, interpreter, machine, prereleases, no_build, no_binary, cache. Its requirements,
  // constraints, overrides and hashes are not those of builds.
  PythonRequest request;
  std::string cannot_build;         // why sources cannot be built here; empty: they can
  std::vector<PythonBuild> before;  // of the previous lock: pins that are preferred
  // The configured tree of the locked operating system; asked when the first build needs it.
  std::function<std::filesystem::path()> tree;
  std::function<bool()> tree_is_ready;  // whether that takes no time
  Sha256 tree_digest;                   // of what decides it
  std::filesystem::path images;         // where builds have their scratch folders (build_folder.hpp)
  std::int64_t source_date_epoch = 0;
  // Brings the files of a resolution into the store.
  std::function<void(const PythonSolution&)> fetch;
};

class SourceBuilds final : public SourceBuilder {
 public:
  // Client, store and progress must outlive it.
  SourceBuilds(SourceBuildsOptions options, HttpClient& client, const BlobStore& store, Progress& progress);
  ~SourceBuilds() override;

  std::optional<python::CoreMetadata> metadata(const SourceFile& source) override;
  [[nodiscard]] std::string cannot_build() const override { return options_.cannot_build; }
  void expect(const std::vector<SourceFile>& sources, const std::vector<SourceFile>& beside,
              std::optional<UnixTime> exclude_newer) override;
  std::vector<python::CoreMetadata> built_metadata(const std::vector<SourceFile>& sources,
                                                   const std::vector<SourceFile>& beside,
                                                   std::optional<UnixTime> exclude_newer) override;

  // Where nothing can be built here, what a backend itself would ask for is not known and left out.
  // Throws Error(input, "build-conflict") where build requirements cannot be met, Error(input, "build-cycle")
  // where a build needs itself, and what WheelBuilder throws.
  std::vector<PythonBuild> builds(const std::vector<PythonPackage>& packages,
                                  std::optional<UnixTime> exclude_newer) override;

  [[nodiscard]] std::string grounds() const override;
  [[nodiscard]] std::optional<std::vector<PageRead>> pages_read() const override;

 private:
  struct Open {  // a source whose build is being found out
    std::string what;
    Sha256 sha256;
  };

  // What was begun before it is asked about: answer() takes it over.
  struct Early {
    std::vector<BuildQuestion> questions;
    std::atomic<bool> over = false;
    std::jthread thread;
  };

  // What needs the network or the resolver comes one by one, what runs in rooms side by side. A failure stays
  // with its question.
  void answer(std::vector<BuildQuestion>& questions);
  [[nodiscard]] static std::vector<BuildQuestion> questions_of(const std::vector<SourceFile>& sources,
                                                               const std::vector<SourceFile>& beside);
  bool was_begun_early(BuildQuestion& question) const;
  void begin(BuildQuestion& question);
  void check_no_cycle(const SourceFile& source) const;
  void ask(BuildQuestion& question) const;
  void settle(BuildQuestion& question);
  void prepare_metadata(BuildQuestion& question);
  void build_metadata(BuildQuestion& question) const;
  void in_rooms(std::vector<BuildQuestion>& questions, void (SourceBuilds::*work)(BuildQuestion&) const,
                const std::atomic<bool>* over = nullptr);

  PythonBuild build_of(const SourceFile& source);
  // The packages as wheels, sources among them built.
  std::vector<PythonPackage> as_wheels(const std::vector<PythonPackage>& packages);
  BuildTask task_of(const SourceFile& source, const PythonBuild& build);
  const WheelBuilder& builder();
  void collect(const std::vector<PythonPackage>& packages, std::map<std::string, PythonBuild>& out);

  SourceBuildsOptions options_;
  const BlobStore& store_;
  Progress& progress_;
  BuildMemory memory_;
  BuildEnvironments environments_;
  std::optional<UnixTime> exclude_newer_;
  std::optional<BuildFolder> scratch_;
  std::optional<WheelBuilder> builder_;
  std::vector<Open> open_;
  std::map<std::string, PythonBuild> known_;  // by name and source
  std::unique_ptr<Early> early_;              // ends before all that it uses
};

}  // namespace mlrepro
