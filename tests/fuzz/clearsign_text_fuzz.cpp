// The text of a clearsigned document: no longer than the document, and found again however its lines end.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "adapters/openpgp/clearsign_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mlrepro;
  const std::string_view document(reinterpret_cast<const char*>(data), size);
  const std::string bare = without_line_ends(document);
  if (bare.size() > document.size() || without_line_ends(bare) != bare) std::abort();
  const auto text = clearsigned_text(document);
  if (!text) return 0;
  if (text->size() > document.size()) std::abort();
  if (clearsigned_text(std::string(document) + "\n") != text) std::abort();
  return 0;
}
