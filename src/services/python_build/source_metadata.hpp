// What a source distribution, or a checkout packed as a tar, says of itself, read out of the archive without
// unpacking it: PKG-INFO (PEP 643) and pyproject.toml (PEP 517, 518, 621).
#pragma once

#include <optional>
#include <string>

#include "documents/lockfile/lockfile.hpp"
#include "standards/python/build_system.hpp"
#include "standards/python/metadata.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

struct SourceArchive {
  // A blob in the store: an sdist (.tar.gz, .tgz, .tar.bz2, .tar.xz, .zip) with its one folder NAME-VERSION,
  // or NAME-VERSION.tar, a canonical tar whose root is the checkout's.
  PythonFile file;
  std::string subdirectory = {};  // below that folder or root, where the project lies
  std::string described = {};     // PythonOrigin::described: builds are told it
};

// What is built for a locked package that is no wheel.
[[nodiscard]] inline SourceArchive archive_of(const PythonPackage& package) {
  const PythonOrigin origin = package.origin.value_or(PythonOrigin{});
  return {package.file, origin.subdirectory, origin.described};
}

struct SourceMetadata {
  python::BuildSystem build_system;
  // Holds for the wheel of any build; absent: only a build tells.
  std::optional<python::CoreMetadata> metadata;
  // What the archive says of itself, though the rest may be dynamic; absent: only a build tells.
  std::optional<std::string> name;  // normalised
  std::optional<python::Version> version;
};

// Throws Error(input, "bad-sdist") where it is no archive, has no project in it, or its pyproject.toml cannot
// be read.
[[nodiscard]] SourceMetadata read_source_metadata(const SourceArchive& source, const BlobStore& store);

struct SourceTexts {  // of a project's files
  std::optional<std::string> pkg_info;
  std::optional<std::string> pyproject;
  bool setup = false;  // setup.py or setup.cfg is there
};
// The judgement alone; `name` is for messages.
[[nodiscard]] SourceMetadata judge_source(const SourceTexts& texts, const std::string& name);

}  // namespace mlrepro
