// What a loader sees of a shared library first (System V ABI, ELF-64, little-endian): for which machine it
// is, and the name it is looked for by.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/file_bytes.hpp"

namespace mlrepro::elf {

struct SharedObject {
  bool wide = false;          // ELFCLASS64
  std::uint16_t machine = 0;  // 62 x86-64, 183 AArch64
  std::string soname;         // DT_SONAME; empty: none, not ELF-64, or not to be made out
};

inline constexpr std::uint16_t machine_x86_64 = 62;
inline constexpr std::uint16_t machine_aarch64 = 183;

// Absent where it is no ELF file. Reads at most 1 MiB, whatever the file says.
[[nodiscard]] std::optional<SharedObject> read_shared_object(const ReadBytes& read);

}  // namespace mlrepro::elf
