// A keyring cut down to some certificates: what is left is of the keyring, in its order, and nothing more can
// be left out of it. The first eight bytes are the key that is asked for.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/openpgp/certificates.hpp"

namespace {

std::string hex(std::string_view bytes) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  for (const char byte : bytes) {
    text += digits[static_cast<unsigned char>(byte) >> 4U];
    text += digits[static_cast<unsigned char>(byte) & 15U];
  }
  return text;
}

bool is_left_of(std::string_view left, std::string_view whole) {
  std::size_t at = 0;
  for (const char byte : whole) {
    if (at < left.size() && left[at] == byte) ++at;
  }
  return at == left.size();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using mlrepro::certificates_of;
  if (size < 8) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> one{hex(bytes.substr(0, 8))};
  const std::vector<std::string> two{one.front(), "0123456789ABCDEF"};
  const std::string_view keyring = bytes.substr(8);
  const std::string kept = certificates_of(keyring, one);
  if (!is_left_of(kept, keyring)) std::abort();
  if (certificates_of(kept, one) != kept) std::abort();
  if (certificates_of(keyring, two).size() < kept.size()) std::abort();
  if (certificates_of(kept, two) != kept) std::abort();
  return 0;
}
