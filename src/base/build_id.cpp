#include "base/build_id.hpp"

#include <elf.h>
#include <link.h>

#include <cstddef>

namespace mlrepro {
namespace {

constexpr std::string_view owner("GNU\0", 4);

constexpr std::size_t padded(std::size_t size) {
  return (size + 3) & ~std::size_t{3};
}

// ELF notes: namesz, descsz, type, then both padded to four bytes.
std::string_view id_in(std::string_view notes) {
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    const auto* note = reinterpret_cast<const ElfW(Nhdr)*>(notes.data());
    notes.remove_prefix(sizeof *note);
    const std::size_t name = padded(note->n_namesz);
    const std::size_t both = name + padded(note->n_descsz);
    if (both > notes.size()) return {};
    if (note->n_type == NT_GNU_BUILD_ID && notes.substr(0, note->n_namesz) == owner)
      return notes.substr(name, note->n_descsz);
    notes.remove_prefix(both);
  }
  return {};
}

// The first object is the program itself.
int look(dl_phdr_info* object, std::size_t, void* found) {
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const auto& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_NOTE) continue;
    const auto* start = reinterpret_cast<const char*>(object->dlpi_addr + segment.p_vaddr);
    const auto id = id_in({start, segment.p_memsz});
    if (!id.empty()) *static_cast<std::string_view*>(found) = id;
  }
  return 1;
}

}  // namespace

std::string_view build_id() noexcept {
  std::string_view found;
  ::dl_iterate_phdr(look, &found);
  return found;
}

}  // namespace mlrepro
