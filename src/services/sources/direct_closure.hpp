// The packages that requirements name by URL or path, from the manifest down: brought, read, and named.
//
// A URL counts where the manifest names it, or the metadata of a package that came by URL itself; what
// packages of an index say of URLs is not followed.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "documents/lockfile/python_direct.hpp"
#include "services/sources/source_store.hpp"
#include "standards/python/marker.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

// Two requirements want one project from two places.
struct DirectClash {
  std::string name;
  std::string from;  // "mlrepro.toml", "name 1.0"
  std::string url;
  std::string other_from;
  std::string other_url;
};

struct DirectClosure {
  std::map<std::string, PythonDirect> packages;  // by normalised name
  std::map<std::string, std::string> lines;      // each direct line given -> `name[extras] @ URL ; marker`
  std::optional<DirectClash> clash;              // then the rest is not whole
};

struct DirectWish {
  std::vector<std::string> lines;  // requirements of the manifest; those that are not direct tell extras
  python::MarkerEnvironment environment;
  std::map<std::string, LockedSource> locked;  // by canonical URL
};

// Metadata of what is no wheel. `name`: of the requirement, may be empty.
using ReadSource = std::function<python::CoreMetadata(const std::string& name, const PythonFile& file,
                                                      const PythonOrigin& origin)>;

// Throws Error(input, "bad-requirement") for a line that names nothing that can be read or a project that is
// another, and what SourceStore::bring and `read` throw.
[[nodiscard]] DirectClosure bring_direct(const DirectWish& wish, const SourceStore& sources,
                                         const BlobStore& store, const ReadSource& read);

}  // namespace mlrepro
