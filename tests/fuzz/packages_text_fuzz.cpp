#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/solv/packages_text.hpp"

// Every stanza that is kept has exactly one entry of facts, and what libsolv gets has no byte 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto packages =
      mlrepro::condense_packages(std::string_view(reinterpret_cast<const char*>(data), size), "amd64");
  std::size_t stanzas = 0;
  for (std::size_t at = packages.control.find("\n\n"); at != std::string::npos;
       at = packages.control.find("\n\n", at + 2))
    ++stanzas;
  if (stanzas != packages.facts.size() || packages.control.find('\0') != std::string::npos) std::abort();
  return 0;
}
