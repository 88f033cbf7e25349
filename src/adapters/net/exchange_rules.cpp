#include "adapters/net/exchange_rules.hpp"

#include <algorithm>
#include <limits>

#include "base/text.hpp"

namespace mlrepro {

bool status_may_pass(long status) {
  if (status == 408 || status == 429) return true;
  return status >= 500 && status != 501 && status != 505;
}

bool is_busy(const HttpResponse& response) {
  return response.status == 429 || (response.status == 503 && response.header("retry-after"));
}

std::uint64_t asked_pause(const HttpResponse& response, UnixTime now) {
  const auto text = response.header("retry-after");
  if (!text) return 0;
  if (!text->empty() && text->find_first_not_of("0123456789") == std::string::npos)
    return parse_number(*text).value_or(std::numeric_limits<std::uint64_t>::max());
  const auto until = parse_rfc2822(*text);
  if (!until) return 0;
  const UnixTime from = parse_rfc2822(response.header("date").value_or("")).value_or(now);
  return *until > from ? static_cast<std::uint64_t>(*until - from) : 0;
}

std::optional<std::chrono::milliseconds> pause_before_next(int failed, std::uint64_t asked) {
  if (failed >= tries_without_progress || asked > longest_pause) return std::nullopt;
  const auto own = std::chrono::milliseconds(250 * failed * failed);
  return std::max(own, std::chrono::milliseconds(1000 * asked));
}

std::optional<ContentRange> parse_content_range(std::string_view text) {
  constexpr std::string_view unit = "bytes ";
  if (text.size() < unit.size() || to_lower(text.substr(0, unit.size())) != unit) return std::nullopt;
  text = trim(text.substr(unit.size()));
  const auto slash = text.find('/');
  const auto dash = text.substr(0, slash).find('-');
  if (slash == std::string_view::npos || dash == std::string_view::npos) return std::nullopt;
  const auto first = parse_number(text.substr(0, dash));
  const auto last = parse_number(text.substr(dash + 1, slash - dash - 1));
  if (!first || !last || *last < *first) return std::nullopt;
  ContentRange range{*first, *last, std::nullopt};
  if (text.substr(slash + 1) == "*") return range;
  range.total = parse_number(text.substr(slash + 1));
  if (!range.total || *range.total <= range.last) return std::nullopt;
  return range;
}

std::optional<std::string> resume_validator(const HttpResponse& response) {
  if (auto tag = response.header("etag"); tag && tag->size() >= 2 && tag->starts_with('"')) return tag;
  auto modified = response.header("last-modified");
  const auto date = response.header("date");
  if (!modified || !date) return std::nullopt;
  const auto changed = parse_rfc2822(*modified);
  const auto sent = parse_rfc2822(*date);
  if (!changed || !sent || *sent <= *changed) return std::nullopt;
  return modified;
}

}  // namespace mlrepro
