// The directory of a zip from its last bytes: what is found lies within the archive, and a member that is extracted
// has the size that its entry announces.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "codec/zip_directory.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mlrepro;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  // The whole archive is there, then only its last half.
  (void)find_zip_directory(bytes.substr(size / 2), size);
  const auto directory = find_zip_directory(bytes, size);
  if (!directory) {
    (void)parse_zip_directory(bytes, size / 46);
    return 0;
  }
  if (directory->offset > size || directory->size > size - directory->offset) std::abort();
  const auto members = parse_zip_directory(bytes.substr(directory->offset, directory->size), directory->entries);
  if (!members) return 0;
  if (members->size() != directory->entries) std::abort();
  constexpr std::uint64_t most = std::uint64_t{1} << 20;
  for (const auto& member : *members) {
    if (member.name.find('\0') != std::string::npos) std::abort();
    if (member.header_offset >= size) continue;
    const auto content = extract_zip_member(bytes.substr(member.header_offset), member, most);
    if (content && content->size() != member.size) std::abort();
  }
  return 0;
}
