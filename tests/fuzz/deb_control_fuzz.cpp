#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.hpp"
#include "standards/deb/control.hpp"

// Fields are views into the text, whose lines they follow in order; nothing else is thrown than what is told.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mlrepro;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto comments : {deb::Comments::refused, deb::Comments::skipped}) {
    try {
      deb::ControlReader reader(text, "fuzz", comments);
      deb::Stanza stanza;
      std::size_t line = 0;
      while (reader.next(stanza)) {
        if (reader.line() <= line || stanza.fields().empty()) std::abort();
        line = reader.line();
        for (const auto& field : stanza.fields()) {
          if (field.name.empty() || !stanza.find(field.name)) std::abort();
          if (field.name.data() < text.data() ||
              field.name.data() + field.name.size() > text.data() + text.size())
            std::abort();
        }
      }
      if (!stanza.fields().empty()) std::abort();
    } catch (const Error& error) {
      if (error.code() != "bad-control") std::abort();
    }
  }
  return 0;
}
