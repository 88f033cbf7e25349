// What builds answered before, for the same source, build packages and operating system.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "codec/digest.hpp"
#include "codec/json.hpp"
#include "documents/lockfile/lockfile.hpp"
#include "services/resolve/source_builder.hpp"
#include "standards/python/metadata.hpp"

namespace mlrepro {

class BuildMemory {
 public:
  // `tree` is the digest of what decides the operating system that builds run in.
  BuildMemory(std::filesystem::path folder, const Sha256& tree, std::int64_t source_date_epoch);

  // Damaged answers are none.
  [[nodiscard]] std::optional<std::vector<std::string>> requirements(const SourceFile& source,
                                                                     const PythonBuild& build) const;
  [[nodiscard]] std::optional<python::CoreMetadata> metadata(const SourceFile& source,
                                                             const PythonBuild& build) const;
  [[nodiscard]] std::optional<PythonFile> wheel(const SourceFile& source, const PythonBuild& build) const;

  void keep(const SourceFile& source, const PythonBuild& build,
            const std::vector<std::string>& requirements) const;
  void keep(const SourceFile& source, const PythonBuild& build, const python::CoreMetadata& metadata) const;
  void keep(const SourceFile& source, const PythonBuild& build, const PythonFile& wheel) const;
  // All may be called from several threads.

 private:
  // What `read` makes of the kept answer.
  template <typename T>
  [[nodiscard]] std::optional<T> find(const char* question, const SourceFile& source,
                                      const PythonBuild& build, T (*read)(const Json&)) const;
  [[nodiscard]] std::filesystem::path file_of(const char* question, const SourceFile& source,
                                              const PythonBuild& build) const;

  std::filesystem::path folder_;
  Sha256 tree_;
  std::int64_t source_date_epoch_;
};

}  // namespace mlrepro
