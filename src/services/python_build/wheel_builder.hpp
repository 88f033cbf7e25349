// Wheels and metadata from sources (PEP 517) in a closed room: the locked operating system, an environment of
// the build packages alone at /opt/env, the source at /build/NAME-VERSION, no network. What is written there
// goes with the room.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.hpp"
#include "documents/lockfile/lockfile.hpp"
#include "services/python_build/source_metadata.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

struct BuildPlace {
  std::filesystem::path tree;     // a configured operating system; never written to
  std::filesystem::path scratch;  // an existing folder; each build makes one of its own below, and removes it
  PythonInterpreter interpreter;
  std::int64_t source_date_epoch = 0;
};

struct BuildTask {
  std::string name;     // normalised; decides, with the version, where the source lies in the room
  std::string version;  // empty where only the build tells it
  SourceArchive source;
  python::BuildSystem build_system;
  std::vector<PythonPackage> packages;  // of the environment; each `file` is a wheel in the store
};

class WheelBuilder {
 public:
  // The store must outlive it.
  WheelBuilder(BuildPlace place, const BlobStore& store, Progress& progress);

  struct Asked {
    // get_requires_for_build_wheel: PEP 508 lines, sorted; none where the backend has no such hook.
    std::vector<std::string> requirements;
    std::optional<python::CoreMetadata> metadata;
  };
  // With `metadata_too`, in the same room, where the backend asks for nothing beside build_system.requires_.
  [[nodiscard]] Asked ask(const BuildTask& task, bool metadata_too) const;
  // By prepare_metadata_for_build_wheel, else out of a wheel that is built for it.
  [[nodiscard]] python::CoreMetadata metadata(const BuildTask& task) const;
  // Builds the wheel and puts it into the store. Two builds of one task give the same bytes: where the
  // backend writes times or an order of its own, the archive is written anew.
  [[nodiscard]] PythonFile wheel(const BuildTask& task) const;

  // All throw Error(input, "build-failed") with the last lines of the log and, where a compiler or a header
  // is missing, what to add to os.packages; Error(input, "bad-sdist"|"bad-wheel") for archives that are none.
  // May be called from several threads.

 private:
  BuildPlace place_;
  const BlobStore& store_;
  Progress& progress_;
};

}  // namespace mlrepro
