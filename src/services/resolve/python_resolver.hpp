// Which Python packages: PEP 440/508/425 over the simple index, metadata on demand, libsolv decides.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "adapters/net/http_client.hpp"
#include "base/clock.hpp"
#include "base/progress.hpp"
#include "documents/config/manifest.hpp"
#include "documents/lockfile/lockfile.hpp"
#include "services/resolve/conflict.hpp"
#include "services/resolve/python_direct.hpp"
#include "services/resolve/source_builder.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

// What messages call the OS part that the interpreter comes from.
struct PythonGround {
  std::string suite;   // os.suite; empty: there is no OS part
  std::string python;  // "python3 3.11.2-1+b1"
  std::string libc;    // "libc6 2.36-9+deb12u10"
};

struct PythonRequest {
  std::vector<std::string> requirements;  // PEP 508 lines
  std::vector<std::string> constraints;
  std::map<std::string, std::vector<Sha256>>
      hashes;                                  // normalised name -> the only files that may be taken, sorted
  std::vector<std::string> overrides;          // each stands for every requirement on its package
  std::optional<std::string> requires_python;  // the project's own, which the interpreter must meet
  PythonInterpreter interpreter;               // as the lock will hold it (tags filled in by the resolver)
  std::string machine;                         // platform_machine: x86_64
  std::vector<PythonIndexConfig> indexes;      // never empty; in order of priority
  std::vector<std::string> find_links = {};    // URLs of pages, absolute paths: more files of any project
  std::string prereleases;
  std::optional<UnixTime> exclude_newer;
  bool exclude_newer_than_pins = false;  // the time of the youngest exact pin, in place of exclude_newer
  std::map<std::string, std::string> preferred;  // normalised name -> version of the previous lock
  std::set<std::string> moving = {};  // normalised names that are to have their best version, at others' cost
  std::filesystem::path cache;        // metadata by wheel SHA-256
  // Normalised names, ":all:": what is taken as a wheel alone, and what as a source alone (pip's
  // --only-binary, --no-binary; a name counts before ":all:").
  std::vector<std::string> no_build = {};
  std::vector<std::string> no_binary = {};
  SourceBuilder* sources = nullptr;  // null: only wheels count
  PythonGround ground = {};
  std::map<std::string, PythonDirect> direct = {};  // normalised name -> what stands for it
};

struct PythonSolution {
  PythonInterpreter interpreter;
  std::vector<PythonPackage> packages;      // sorted by name
  std::map<std::string, std::string> urls;  // file name -> where it was seen (a hint; never enters the lock)
  std::optional<UnixTime> exclude_newer = {};  // that held, also where it was the pins' time
  std::vector<PythonBuild> builds = {};        // SourceBuilder::builds()
};

// With `builds`, where the request has a builder of sources.
[[nodiscard]] std::variant<PythonSolution, Conflict> resolve_python(const PythonRequest& request,
                                                                    HttpClient& client,
                                                                    const BlobStore& store,
                                                                    Progress& progress);

// The same, less `builds`, from any source of pages and metadata: the answer depends on what they say and not
// on when.
class PythonSource;
// The indexes of `request`, for several resolutions: a page is asked for once. All given must outlive it; of
// the request only indexes, cache and sources count.
[[nodiscard]] std::unique_ptr<PythonSource> network_source(const PythonRequest& request, HttpClient& client,
                                                           const BlobStore& store);
[[nodiscard]] std::variant<PythonSolution, Conflict> resolve_python(const PythonRequest& request,
                                                                    PythonSource& source, Progress& progress);

// The interpreter that the locked OS packages (OsSection::installed) give: that of `minor` ("3.11"), else
// python3's default one; its full version, libc6's version. Absent where no such python3.N is among them.
[[nodiscard]] std::optional<PythonInterpreter> interpreter_of(
    const std::map<std::string, std::string>& packages, const std::string& minor = {});

// What messages call that ground.
[[nodiscard]] PythonGround ground_of(const std::string& suite,
                                     const std::map<std::string, std::string>& packages);

// The manifest's indexes, else PIP_INDEX_URL, UV_DEFAULT_INDEX, pip's configuration files, then the default
// that the installed pip carries. Throws Error(surroundings, "no-python-index") naming the key to set where
// nothing is known. Empty where a requirements file wants none.
[[nodiscard]] std::vector<PythonIndexConfig> python_indexes(const PythonConfig& python);

// file name -> URLs for the locked files, asked of the indexes' project pages (one request a project): how
// `build` on another machine finds what a lock names. A file that no index lists is absent.
[[nodiscard]] std::map<std::string, std::vector<std::string>> locate_python_files(
    const PythonSection& section, const std::vector<PythonIndexConfig>& indexes, HttpClient& client,
    Progress& progress, const std::vector<std::string>& find_links = {});

}  // namespace mlrepro
