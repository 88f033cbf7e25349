#include "standards/oci/registry.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace mlrepro::oci {
namespace {

bool is_host(std::string_view text) {
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:") ==
             std::string_view::npos &&
         (text == "localhost" || text.find_first_of(".:") != std::string_view::npos) && text.front() != '.' &&
         text.front() != ':' && text.front() != '-';
}

bool is_repository(std::string_view text) {
  const auto parts = split(text, '/');
  return std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
    return !part.empty() && part.front() != '.' &&
           part.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") == std::string_view::npos;
  });
}

}  // namespace

std::optional<RegistryName> parse_registry_name(std::string_view place) {
  const auto slash = place.find('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  const std::string_view host = place.substr(0, slash);
  std::string_view repository = place.substr(slash + 1);
  const auto colon = repository.rfind(':');
  if (colon != std::string_view::npos && repository.find('/', colon) == std::string_view::npos)
    repository = repository.substr(0, colon);
  if (!is_host(host) || !is_repository(repository)) return std::nullopt;
  return RegistryName{std::string(host), std::string(repository)};
}

std::optional<TokenPlace> parse_bearer(std::string_view header) {
  constexpr std::string_view scheme = "bearer ";
  if (header.size() < scheme.size() || to_lower(header.substr(0, scheme.size())) != scheme)
    return std::nullopt;
  std::string_view rest = header.substr(scheme.size());
  TokenPlace place;
  while (!(rest = trim(rest)).empty()) {
    const auto equals = rest.find("=\"");
    if (equals == std::string_view::npos) break;
    const auto end = rest.find('"', equals + 2);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string key = to_lower(trim(rest.substr(0, equals)));
    const std::string value(rest.substr(equals + 2, end - equals - 2));
    if (key == "realm") place.realm = value;
    if (key == "service") place.service = value;
    if (key == "scope") place.scope = value;
    rest = rest.substr(end + 1);
    while (rest.starts_with(',') || rest.starts_with(' '))
      rest.remove_prefix(1);
  }
  if (place.realm.empty()) return std::nullopt;
  return place;
}

}  // namespace mlrepro::oci
