// The checks that need no network and no run: the lock itself, and the files it names.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/progress.hpp"
#include "documents/lockfile/lock_drift.hpp"
#include "documents/lockfile/lockfile.hpp"
#include "services/verify/verdict.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

// "lock-canonical": the file's bytes are what mlrepro would write for what they say.
[[nodiscard]] Check check_canonical(const std::string& bytes, const Lockfile& lock, const std::string& name);
// "lock-manifest": the manifest asks for what the lock was made for.
[[nodiscard]] Check check_manifest(const std::vector<Drift>& drifts);
// "os-files", "python-files": every locked file lies in the store, its size and SHA-256 as locked. What was
// not there was fetched before, or is named as missing.
[[nodiscard]] Check check_os_files(const OsSection& os, const BlobStore& store, Progress& progress);
[[nodiscard]] Check check_python_files(const PythonSection& python, const BlobStore& store,
                                       Progress& progress);
// "data": the locked data sets are what lies below the manifest's folder.
[[nodiscard]] Check check_data(const std::vector<LockedData>& locked, const std::vector<LockedData>& present);

}  // namespace mlrepro
