#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "standards/elf/loader_cache.hpp"
#include "standards/elf/shared_object.hpp"

// Names are whole and paths absolute, whatever the offsets say.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mlrepro::elf;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto object = read_shared_object([&](std::uint64_t offset, std::size_t wanted) {
    if (wanted > (std::size_t{1} << 20)) std::abort();
    return offset < bytes.size() ? std::string(bytes.substr(static_cast<std::size_t>(offset), wanted))
                                 : std::string();
  });
  if (object && object->soname.find('\0') != std::string::npos) std::abort();
  for (const auto& library : read_loader_cache(bytes)) {
    if (library.name.empty() || !library.path.starts_with('/')) std::abort();
  }
  return 0;
}
