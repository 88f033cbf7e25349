#include "documents/config/base_reference.hpp"

namespace mlrepro {
namespace {

constexpr std::string_view scheme = "oci:";
constexpr std::string_view digest_mark = "@sha256:";

}  // namespace

bool is_base_reference(std::string_view text) {
  return text.starts_with(scheme);
}

std::optional<BaseReference> parse_base_reference(std::string_view text) {
  if (!is_base_reference(text)) return std::nullopt;
  text.remove_prefix(scheme.size());
  const auto at = text.rfind(digest_mark);
  if (at == std::string_view::npos || at == 0) return std::nullopt;
  const auto digest = Sha256::parse(text.substr(at + 1));
  const std::string_view place = text.substr(0, at);
  for (const char c : place) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return std::nullopt;
  }
  if (!digest) return std::nullopt;
  return BaseReference{std::string(place), *digest};
}

}  // namespace mlrepro
