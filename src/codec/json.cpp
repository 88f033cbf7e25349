#include "codec/json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include "base/error.hpp"
#include "base/hex.hpp"

namespace mlrepro {
namespace {

std::string position_of(std::string_view text, std::size_t byte) {
  byte = std::min(byte, text.size());
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(byte), '\n');
  const auto line_start = byte == 0 ? std::string_view::npos : text.rfind('\n', byte - 1);
  const auto column = line_start == std::string_view::npos ? byte + 1 : byte - line_start;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

// The order of UTF-16 code units, as RFC 8785 section 3.2.3 wants it, on UTF-8 (the parser saw to that): the
// order of bytes, but that what takes a surrogate pair (from F0 on) comes before U+E000 to U+FFFF (EE and
// EF).
bool utf16_before(std::string_view left, std::string_view right) {
  const auto [a, b] = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
  if (a == left.end() || b == right.end()) return a == left.end() && b != right.end();
  const auto x = static_cast<unsigned char>(*a);
  const auto y = static_cast<unsigned char>(*b);
  if (x >= 0xEE && y >= 0xEE && (x >= 0xF0) != (y >= 0xF0)) return x >= 0xF0;
  return x < y;
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

void append_string(std::string& out, std::string_view text) {
  const auto special = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; };
  out.push_back('"');
  for (;;) {
    const auto next = std::find_if(text.begin(), text.end(), special);
    out.append(text.begin(), next);
    if (next == text.end()) break;
    switch (*next) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: out += "\\u00" + hex_of(std::array{static_cast<std::uint8_t>(*next)});
    }
    text.remove_prefix(static_cast<std::size_t>(next - text.begin()) + 1);
  }
  out.push_back('"');
}

void append(std::string& out, const Json& value) {
  constexpr std::int64_t safe = std::int64_t{1} << 53;
  switch (value.type()) {
    case Json::value_t::object: {
      std::vector<const Json::object_t::value_type*> members;
      members.reserve(value.size());
      for (const auto& member : value.get_ref<const Json::object_t&>())
        members.push_back(&member);
      std::sort(members.begin(), members.end(),
                [](const auto* a, const auto* b) { return utf16_before(a->first, b->first); });
      out.push_back('{');
      for (std::size_t i = 0; i < members.size(); ++i) {
        if (i > 0) out.push_back(',');
        append_string(out, members[i]->first);
        out.push_back(':');
        append(out, members[i]->second);
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
