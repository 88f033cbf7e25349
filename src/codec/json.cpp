#include "codec/json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include "base/error.hpp"

namespace mlrepro {
namespace {

std::string position_of(std::string_view text, std::size_t byte) {
  byte = std::min(byte, text.size());
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(byte), '\n');
  const auto line_start = byte == 0 ? std::string_view::npos : text.rfind('\n', byte - 1);
  const auto column = line_start == std::string_view::npos ? byte + 1 : byte - line_start;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

// UTF-16 code units as RFC 8785 section 3.2.3 wants them for ordering. Valid UTF-8 only (the parser saw to
// that).
std::u16string utf16(std::string_view text) {
  std::u16string units;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t point = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    for (std::size_t k = 1; k < length && i + k < text.size(); ++k) {
      point = point << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    }
    i += length;
    if (point >= 0x10000) {
      point -= 0x10000;
      units.push_back(static_cast<char16_t>(0xD800 + (point >> 10)));
      units.push_back(static_cast<char16_t>(0xDC00 + (point & 0x3FF)));
    } else {
      units.push_back(static_cast<char16_t>(point));
    }
  }
  return units;
}

// Number::toString of ECMA-262 section 6.1.6.1.20: shortest digits, exponent form from 1e21 and below 1e-6.
std::string ecmascript_number(double value) {
  if (!std::isfinite(value)) throw Error(ErrorKind::internal, "json", "JSON has no NaN and no infinity");
  if (value == 0) return "0";
  std::array<char, 64> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific).ptr;
  std::string_view shortest(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  std::string sign;
  if (shortest.front() == '-') {
    sign = "-";
    shortest.remove_prefix(1);
  }
  const auto e = shortest.find('e');
  std::string digits;
  for (const char c : shortest.substr(0, e)) {
    if (c != '.') digits.push_back(c);
  }
  int exponent = 0;
  const char* from = shortest.data() + e + 1;
  if (*from == '+') ++from;
  std::from_chars(from, shortest.data() + shortest.size(), exponent);
  const int k = static_cast<int>(digits.size());
  const int n = exponent + 1;
  if (k <= n && n <= 21) return sign + digits + std::string(static_cast<std::size_t>(n - k), '0');
  if (0 < n && n <= 21)
    return sign + digits.substr(0, static_cast<std::size_t>(n)) + "." +
           digits.substr(static_cast<std::size_t>(n));
  if (-6 < n && n <= 0) return sign + "0." + std::string(static_cast<std::size_t>(-n), '0') + digits;
  const std::string power = (n - 1 < 0 ? "-" : "+") + std::to_string(std::abs(n - 1));
  return sign + digits.substr(0, 1) + (k > 1 ? "." + digits.substr(1) : "") + "e" + power;
}

void append_string(std::string& out, const std::string& text) {
  static constexpr std::string_view digits = "0123456789abcdef";
  out.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (byte < 0x20) {
          out += "\\u00";
          out.push_back(digits[byte >> 4]);
          out.push_back(digits[byte & 15]);
        } else {
          out.push_back(c);
        }
    }
  }
  out.push_back('"');
}

void append(std::string& out, const Json& value) {
  constexpr std::int64_t safe = std::int64_t{1} << 53;
  switch (value.type()) {
    case Json::value_t::object: {
      std::vector<std::pair<std::u16string, const Json*>> members;
      std::vector<std::string> keys;
      for (const auto& [key, member] : value.items()) {
        members.emplace_back(utf16(key), &member);
        keys.push_back(key);
      }
      std::vector<std::size_t> order(members.size());
      for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = i;
      std::sort(order.begin(), order.end(),
                [&](auto a, auto b) { return members[a].first < members[b].first; });
      out.push_back('{');
      for (std::size_t i = 0; i < order.size(); ++i) {
        if (i > 0) out.push_back(',');
        append_string(out, keys[order[i]]);
        out.push_back(':');
        append(out, *members[order[i]].second);
      }
      out.push_back('}');
      break;
    }
    case Json::value_t::array:
      out.push_back('[');
      for (std::size_t i = 0; i < value.size(); ++i) {
        if (i > 0) out.push_back(',');
        append(out, value[i]);
      }
      out.push_back(']');
      break;
    case Json::value_t::string: append_string(out, value.get_ref<const std::string&>()); break;
    case Json::value_t::boolean: out += value.get<bool>() ? "true" : "false"; break;
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned: {
      if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(safe)) {
        throw Error(ErrorKind::internal, "json", "an integer beyond 2^53 has no canonical JSON form");
      }
      const auto number = value.get<std::int64_t>();
      if (number < -safe)
        throw Error(ErrorKind::internal, "json", "an integer beyond 2^53 has no canonical JSON form");
      out += std::to_string(number);
      break;
    }
    case Json::value_t::number_float: out += ecmascript_number(value.get<double>()); break;
    case Json::value_t::null: out += "null"; break;
    case Json::value_t::binary:
    case Json::value_t::discarded: throw Error(ErrorKind::internal, "json", "not a JSON value");
  }
}

}  // namespace

Json parse_json(std::string_view text, const std::string& name) {
  constexpr int deepest = 64;
  std::vector<std::set<std::string>> seen;
  std::string trouble;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    if (depth > deepest && trouble.empty()) trouble = "nested deeper than 64";
    if (event == Event::object_start) seen.emplace_back();
    if (event == Event::object_end) seen.pop_back();
    if (event == Event::key && !seen.back().insert(parsed.get<std::string>()).second && trouble.empty()) {
      trouble = "the key \"" + parsed.get<std::string>() + "\" is there twice";
    }
    // Throwing from here would pass through the parser, which keeps no C frame: it stops a nesting bomb
    // early.
    if (!trouble.empty()) throw Error(ErrorKind::input, "bad-json", name + " is not valid JSON: " + trouble);
    return true;
  };
  try {
    return Json::parse(text, watch);
  } catch (const Json::parse_error& error) {
    throw Error(
        ErrorKind::input, "bad-json",
        name + " is not valid JSON: error at " + position_of(text, error.byte == 0 ? 0 : error.byte - 1));
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::input, "bad-json", name + " is not valid JSON: " + error.what());
  }
}

std::string canonical_json(const Json& value) {
  std::string out;
  append(out, value);
  return out;
}

std::string pretty_json(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mlrepro
