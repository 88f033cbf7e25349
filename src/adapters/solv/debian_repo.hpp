// One Packages file in a libsolv pool, by way of a cache. For the .cpp files of this room only.
//
// The cache holds, for each index, 64 hexadecimal digits (SHA-256 of the rest), a newline, and libsolv's own
// .solv format. Its name carries the index's SHA-256, the architecture, libsolv's version and the number of
// our format, so it never needs to be checked for age. Measured on bookworm main (63,440 packages): see
// debian_solver.hpp.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/solv/solv_handle.hpp"
#include "codec/digest.hpp"

namespace mlrepro::solv {

// Adds the packages of `packages_file` (plain, or compressed with gzip, xz, bzip2 or zstd: told by its first
// bytes) to `pool` as a repository of its own. A cache that is missing or damaged is written anew; an
// unwritable one is no failure. An empty `cache` means none. The pool is the same whether the cache was there
// or not: both ways go through the .solv bytes, since writing them sorts dependencies.
Repo* load_packages(Pool* pool, const std::filesystem::path& packages_file, const Sha256& digest,
                    const std::string& architecture, const std::filesystem::path& cache);

// What the cache keeps beside libsolv's own attributes.
[[nodiscard]] bool is_essential(Solvable* package);
[[nodiscard]] bool is_important(Solvable* package);  // Important: yes or Protected: yes
// PackagesText::Facts::needs_order and its like.
[[nodiscard]] std::string needs_order_of(Solvable* package);
[[nodiscard]] std::string recommends_order_of(Solvable* package);
// When the package's name occurred first in its file; of a name that is no package of this file absent, or
// when it did.
[[nodiscard]] std::uint64_t mention_of(Solvable* package);
[[nodiscard]] std::optional<std::uint64_t> mention_in(Repo* repo, std::string_view name);
[[nodiscard]] std::string priority_of(Solvable* package);  // "" where the index has none
[[nodiscard]] std::string breaks_of(Solvable* package);    // the field's value

}  // namespace mlrepro::solv
