// /etc/ld.so.cache, where ldconfig keeps which library lies where: glibc's format "glibc-ld.so.cache1.1"
// (elf/cache.c, sysdeps/generic/dl-cache.h).
//
//   char magic[20]; u32 count; u32 string bytes; u8 flags; u8 pad[3]; u32 extensions; u32 unused[3];
//   count times { i32 flags; u32 key; u32 value; u32 os version; u64 hwcap }; strings
//
// key and value are offsets from the magic to NUL-terminated names. A cache of before glibc 2.32 has the same
// after an older one, "ld.so-1.7.0".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mlrepro::elf {

struct CachedLibrary {
  std::string name;  // "libcuda.so.1"
  std::string path;  // absolute
};

// In the cache's order. Nothing of a file that is no such cache; entries that point out of it are left out.
[[nodiscard]] std::vector<CachedLibrary> read_loader_cache(std::string_view bytes);

}  // namespace mlrepro::elf
