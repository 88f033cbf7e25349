// The packages that sources are built with: build requirements are resolved like any others, each set once.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/net/http_client.hpp"
#include "base/clock.hpp"
#include "documents/lockfile/lockfile.hpp"
#include "services/resolve/python_memory.hpp"
#include "services/resolve/python_resolver.hpp"
#include "services/resolve/source_builder.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

class BuildEnvironments {
 public:
  // Of the project's request its indexes, interpreter and policies count, not what it asks for. `fetch`
  // brings the files of a resolution into the store. Builder, client and store must outlive it.
  BuildEnvironments(PythonRequest request, SourceBuilder& builder,
                    std::function<void(const PythonSolution&)> fetch, HttpClient& client,
                    const BlobStore& store);

  // `what` is built, for messages; `preferred`: name -> version. Throws Error(input, "build-conflict") where
  // the requirements cannot be met.
  std::vector<PythonPackage> packages(const std::string& what, const std::vector<std::string>& requires_,
                                      const std::map<std::string, std::string>& preferred,
                                      std::optional<UnixTime> exclude_newer);
  // SourceBuilder::pages_read()
  [[nodiscard]] std::optional<std::vector<PageRead>> pages_read() const;

 private:
  PythonRequest request_;
  std::function<void(const PythonSolution&)> fetch_;
  HttpClient& client_;
  const BlobStore& store_;
  std::unique_ptr<PythonSource> index_;
  std::optional<WitnessedSource> witnessed_;                 // of index_
  std::map<std::string, std::vector<PythonPackage>> known_;  // by what decides them
};

}  // namespace mlrepro
