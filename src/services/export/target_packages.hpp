// The Python packages of several targets as one list, for formats that tell targets apart by markers.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "documents/lockfile/lockfile.hpp"

namespace mlrepro {

// A package of one version and origin, which one target or several have.
struct TargetPackage {
  // Of the first target that has it; `extras`, `requested` and `required_by` of all of them.
  PythonPackage package;
  std::vector<PythonFile> wheels;    // by file name: one for each target, or fewer that serve several
  std::optional<PythonFile> source;  // of the targets that build it, or of an origin that is no wheel
  std::vector<std::size_t> targets;  // places in the list of targets, ascending
  std::vector<std::string> needs;    // names of packages that it requires in any of them, sorted, not itself
};

// By name, then by the first target. A target has each name at most once, so of the entries of one name at
// most one is for it; and with `wheels` and `source` of an entry its tags choose the file that is locked for
// it. `targets` have a Python part each.
[[nodiscard]] std::vector<TargetPackage> target_packages(const std::vector<Lockfile>& targets);

// PEP 508: what is true in that target.
[[nodiscard]] std::string environment_marker(const Lockfile& target);
// PEP 508: what among `targets` is true in `chosen` alone; empty where those are all. Names the machine
// alone, or the interpreter's version alone, where that is enough.
[[nodiscard]] std::string marker_of(const std::vector<std::size_t>& chosen,
                                    const std::vector<Lockfile>& targets);

// A checkout or a folder: its file is a tree of ours that others cannot fetch.
[[nodiscard]] bool is_source_tree(const PythonPackage& package);

}  // namespace mlrepro
