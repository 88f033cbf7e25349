// mlrepro.lock, as a value. Schema: schemas/lock.schema.json.
// Identity of a locked file is (name, version, file name, size, SHA-256) and a logical source; where it was
// fetched from is not part of it, so that two mirrors give one lock.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/digest.hpp"
#include "codec/json.hpp"
#include "documents/lockfile/os_section.hpp"

namespace mlrepro {

inline constexpr int lock_version = 1;   // a reader refuses a newer one
inline constexpr int lock_revision = 0;  // a reader tolerates a newer one

struct PythonInterpreter {
  std::string package;            // the OS package it comes from: "python3.11"
  std::string version;            // "3.11.2"
  std::string implementation;     // "cpython"
  std::string libc;               // "glibc 2.36": the manylinux ceiling
  std::vector<std::string> tags;  // most specific first: the newest platform tag for each python-abi pair
};

struct PythonFile {
  // The wheel's or the sdist's file name; of a source tree (a checkout, a folder) NAME-VERSION.tar, which is
  // the tree as canonical tar.
  std::string name;
  std::uint64_t size = 0;
  Sha256 sha256;
};

// Else it is a source, which `build` makes a wheel of.
[[nodiscard]] inline bool is_wheel(const PythonFile& file) {
  return file.name.ends_with(".whl");
}

struct VcsPin {
  std::string url;     // as the requirement has it, less "git+", "@REVISION", fragment and credentials
  std::string commit;  // 40 hex digits
  std::string tree;    // 40 hex digits: git's name for what is in it
};

struct PythonOrigin {  // of what a requirement names by itself and no index lists (PEP 508 URL, PEP 610)
  std::string url;     // of an archive, less credentials and fragment
  std::string path;    // of a local file or folder: relative to the manifest's folder where it lies below it
  std::optional<VcsPin> vcs;
  std::string subdirectory;    // in the archive or checkout, where the project lies
  std::string described = {};  // what a checkout's version is made of, git describe: "v1.0-3-gabc1234"
};

struct PythonPackage {
  std::string name;             // normalised (PEP 503)
  std::string version;          // as the metadata writes it, normalised (PEP 440)
  std::string source = "pypi";  // logical index
  PythonFile file;
  std::vector<std::string> requires_;  // PEP 508 lines whose markers hold here, markers removed, sorted
  std::vector<std::string> extras;     // extras asked of it, sorted
  bool requested = false;
  std::vector<std::string> required_by;     // sorted
  std::optional<PythonOrigin> origin = {};  // exactly one of url, path and vcs is set in it
};

// How the wheel of one source is made (PEP 517, 518): in an environment of these packages alone, no network.
struct PythonBuild {
  std::string name;  // of the package whose file is the source
  std::string version;
  Sha256 source;                          // that file's
  std::string backend;                    // "setuptools.build_meta"
  std::vector<std::string> backend_path;  // folders of the source tree
  std::vector<std::string> requires_;     // build-system.requires and what the backend asks for, sorted
  std::vector<PythonPackage> packages;    // by name; the file of one may be a source with a build of its own
};

struct PythonSection {
  PythonInterpreter interpreter;
  std::vector<PythonPackage> packages;   // by name
  std::vector<PythonBuild> builds = {};  // one for each file that is no wheel; by name, version, source
};

struct LockedData {
  std::string path;        // as the manifest writes it
  std::uint64_t size = 0;  // bytes in all files
  Sha256 sha256;           // of the file; of a folder: its Merkle root (services/provenance)
};

struct ImageSection {
  Sha256 digest;  // of the OCI image manifest
  Sha256 config_digest;
  std::vector<Sha256> diff_ids;         // OS layer, then Python layer
  int canonicalisation = 0;             // version of the list of canonicalisations it was built with
  std::vector<PythonFile> wheels = {};  // built from sources; by name
};

// What one solve is for: a platform and, with a Python part, the minor version of the interpreter.
struct TargetName {
  std::string platform;                            // "linux/amd64"
  std::string python;                              // "3.11"; empty without a Python part
  [[nodiscard]] std::string str() const;           // "linux/amd64 python3.11"
  [[nodiscard]] std::string architecture() const;  // Debian's and OCI's name of it: "amd64"
  [[nodiscard]] std::string machine() const;       // platform_machine (PEP 508): "x86_64"
  bool operator==(const TargetName&) const = default;
};

struct LockTarget {  // one further target of a lock
  std::string platform;
  std::optional<OsSection> os;
  std::optional<PythonSection> python;
  std::optional<ImageSection> image;
};

struct TargetView {  // a target where it lies in its lock
  TargetName name;
  const std::optional<OsSection>* os;  // never null
  const std::optional<PythonSection>* python;
  const std::optional<ImageSection>* image;
};

struct Lockfile {
  Json inputs = Json::object();  // Manifest::normalised()
  // Of the first target.
  std::optional<OsSection> os;
  std::optional<PythonSection> python;
  std::vector<LockTarget> targets = {};  // the further ones: by platform, then version of the interpreter
  std::vector<LockedData> data;          // by path
  std::optional<ImageSection> image;     // of the first target
  std::optional<Sha256> whole_id = {};   // of a value that target() gave: what it is a part of
  std::string part_platform = {};        // and for which platform

  // SHA-256 of the RFC 8785 form without `image`, here and in `targets`.
  [[nodiscard]] Sha256 id() const;
  // In the lock's order, first that of `os` and `python`. Views are good while the lock is.
  [[nodiscard]] std::vector<TargetView> views() const;
  [[nodiscard]] std::vector<TargetName> target_names() const;
  // That target alone, with the id of the whole. Error(internal) for a name that is none of target_names().
  [[nodiscard]] Lockfile target(const TargetName& name) const;
  // Where that target's image is noted; the same throw.
  [[nodiscard]] std::optional<ImageSection>& image_of(const TargetName& name);
  // (section, digest) in document order; only the sections that are there.
  [[nodiscard]] std::vector<std::pair<std::string, Sha256>> section_digests() const;
  [[nodiscard]] TargetName name() const;      // of the first target
  [[nodiscard]] std::string machine() const;  // name().machine()
  // Newest date of its Releases as Unix time, which is what every SOURCE_DATE_EPOCH and every clamped mtime
  // comes from; 315532800 (1980-01-01, the least that a zip can hold) without [os].
  [[nodiscard]] std::int64_t source_date_epoch() const;
};

[[nodiscard]] Json to_json(const Lockfile& lock);
// The bytes of the file: keys in schema order, two spaces, one package a block. Inverse of parse_lockfile.
[[nodiscard]] std::string render_lockfile(const Lockfile& lock);

// Throws Error(input): "lock-version" for a newer version, "bad-lock" for anything that is not a lock, with
// the key.
[[nodiscard]] Lockfile parse_lockfile(std::string_view text, const std::string& name);
[[nodiscard]] Lockfile read_lockfile(const std::filesystem::path& file);

}  // namespace mlrepro
