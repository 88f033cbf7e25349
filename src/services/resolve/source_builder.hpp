// What the resolver asks about sources: files that are no wheel. Implemented by services/python_build.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "documents/lockfile/lockfile.hpp"
#include "services/resolve/python_source.hpp"
#include "standards/python/metadata.hpp"

namespace mlrepro {

struct SourceFile {
  std::string name;     // normalised
  std::string version;  // empty where only the source itself tells it
  PythonFile file;      // a blob in the store
  std::string subdirectory = {};
  std::string described = {};  // PythonOrigin::described
};

class SourceBuilder {
 public:
  virtual ~SourceBuilder() = default;
  // Without building. Absent where only a build tells. Throws Error(input, "bad-sdist") for a source of no
  // use.
  virtual std::optional<python::CoreMetadata> metadata(const SourceFile& source) = 0;
  // Why sources cannot be built here, for a person; empty: they can.
  [[nodiscard]] virtual std::string cannot_build() const = 0;
  // Of what built_metadata() will probably be asked. What takes long may begin and go on beside, where
  // nothing must be prepared for it; nothing comes of what is not asked about.
  virtual void expect(const std::vector<SourceFile>& /*sources*/, const std::vector<SourceFile>& /*beside*/,
                      std::optional<UnixTime> /*exclude_newer*/) {}
  // Builds for metadata that nothing else tells, side by side; gives that of the first ones, up to one that
  // cannot be built. No build package uploaded after `exclude_newer` counts. Throws where that is the very
  // first: Error(input, "build-failed"), and what resolving its build requirements throws.
  // `beside` are sources that say what they require and will be built later: what is to be found out of them
  // before that may be found out meanwhile, and fails then.
  virtual std::vector<python::CoreMetadata> built_metadata(const std::vector<SourceFile>& sources,
                                                           const std::vector<SourceFile>& beside,
                                                           std::optional<UnixTime> exclude_newer) = 0;
  // How the sources among `packages` are built, and those among their build packages; sorted as a lock has
  // them. Throws what built_metadata() throws.
  virtual std::vector<PythonBuild> builds(const std::vector<PythonPackage>& packages,
                                          std::optional<UnixTime> exclude_newer) = 0;

  // What its answers hang on beside pages and the files that they name: text that means nothing else.
  [[nodiscard]] virtual std::string grounds() const = 0;
  // The pages that its answers rest on so far; absent where they rest on more.
  [[nodiscard]] virtual std::optional<std::vector<PageRead>> pages_read() const = 0;
};

}  // namespace mlrepro
