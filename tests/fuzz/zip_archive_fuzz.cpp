// Zips (wheels): members have the size that the directory announces, or are refused.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "adapters/archive/zip_archive.hpp"
#include "base/error.hpp"
#include "base/handle.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mlrepro;
  const UniqueFd file(::memfd_create("input", MFD_CLOEXEC));
  if (!file.valid() || ::write(file.get(), data, size) != static_cast<ssize_t>(size)) return 0;
  constexpr std::uint64_t most = std::uint64_t{16} << 20;
  try {
    const ZipArchive zip("/proc/self/fd/" + std::to_string(file.get()), "input");
    for (const auto& member : zip.members()) {
      try {
        if (zip.read_text(member, most).size() != member.size) std::abort();
      } catch (const Error&) {
      }
    }
  } catch (const Error&) {
  }
  return 0;
}
