#include "base/clock.hpp"

#include <array>
#include <chrono>
#include <cstdio>

#include "base/text.hpp"

namespace mlrepro {
namespace {

using std::chrono::sys_days;

std::optional<UnixTime> from_civil(unsigned long long year, unsigned long long month,
                                   unsigned long long day) {
  if (year > 9999 || month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::seconds>(sys_days(date).time_since_epoch()).count();
}

// "HH:MM:SS" at the start of `text`.
std::optional<UnixTime> time_of_day(std::string_view text) {
  if (text.size() < 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  const auto hours = parse_number(text.substr(0, 2));
  const auto minutes = parse_number(text.substr(3, 2));
  const auto seconds = parse_number(text.substr(6, 2));
  if (!hours || !minutes || !seconds || *hours > 23 || *minutes > 59 || *seconds > 60) return std::nullopt;
  return static_cast<UnixTime>(*hours * 3600 + *minutes * 60 + *seconds);
}

// "+HH:MM", "+HHMM", "-...": seconds east of UTC.
std::optional<UnixTime> zone_offset(std::string_view text) {
  if (text == "Z" || text == "z" || text == "UTC" || text == "GMT") return 0;
  if (text.size() < 5 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto hours = parse_number(text.substr(1, 2));
  const auto minutes = parse_number(text.substr(text[3] == ':' ? 4 : 3));
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const auto seconds = static_cast<UnixTime>(*hours * 3600 + *minutes * 60);
  return text[0] == '-' ? -seconds : seconds;
}

}  // namespace

UnixTime now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string format_rfc3339(UnixTime time) {
  const std::chrono::sys_seconds point{std::chrono::seconds(time)};
  const auto day = std::chrono::floor<std::chrono::days>(point);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(point - day);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

std::optional<UnixTime> parse_rfc3339(std::string_view text) {
  if (text.size() < 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = parse_number(text.substr(0, 4));
  const auto month = parse_number(text.substr(5, 2));
  const auto day = parse_number(text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const auto date = from_civil(*year, *month, *day);
  if (!date || text.size() == 10) return date;
  if (text[10] != 'T' && text[10] != 't' && text[10] != ' ') return std::nullopt;
  const auto clock = time_of_day(text.substr(11));
  if (!clock) return std::nullopt;
  std::string_view rest = text.substr(19);
  if (!rest.empty() && rest.front() == '.') {
    rest.remove_prefix(1);
    while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9')
      rest.remove_prefix(1);
  }
  const auto offset = zone_offset(rest);
  if (!offset) return std::nullopt;
  return *date + *clock - *offset;
}

std::optional<UnixTime> parse_rfc2822(std::string_view text) {
  static constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  auto words = split_words(text);
  if (!words.empty() && words.front().ends_with(',')) words.erase(words.begin());
  if (words.size() != 5) return std::nullopt;
  const auto day = parse_number(words[0]);
  const auto year = parse_number(words[2]);
  std::string clock_text(words[3]);
  if (clock_text.size() == 7) clock_text.insert(0, "0");
  const auto clock = time_of_day(clock_text);
  const auto offset = zone_offset(words[4]);
  if (!day || !year || !clock || !offset) return std::nullopt;
  for (unsigned m = 0; m < months.size(); ++m) {
    if (months[m] != words[1]) continue;
    const auto date = from_civil(*year, m + 1, *day);
    if (!date) return std::nullopt;
    return *date + *clock - *offset;
  }
  return std::nullopt;
}

}  // namespace mlrepro
