#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "standards/shell/words.hpp"

// Offsets stay in the script and in order.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mlrepro::shell;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& command : split_commands(text)) {
    if (command.begin > command.end || command.end > size) std::abort();
    std::size_t at = 0;
    for (const auto& word : command.words) {
      if (word.begin < at || word.end < word.begin || word.end > size) std::abort();
      at = word.end;
    }
  }
  return 0;
}
