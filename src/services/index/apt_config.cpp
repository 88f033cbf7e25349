#include "services/index/apt_config.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/environment.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "services/index/apt_parts.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t largest_config = std::uint64_t{1} << 20;
constexpr std::size_t deepest = 32;
constexpr std::string_view white = " \t\r\n";

class Parser {
 public:
  Parser(std::string_view text, std::map<std::string, std::string>& values) : text_(text), values_(values) {}

  void parse() {
    while (skip(), at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '}') {
        ++at_;
        if (!scopes_.empty()) scopes_.pop_back();
      } else if (c == ';' || c == '{') {
        ++at_;
      } else if (!statement()) {
        return;
      }
    }
  }

 private:
  // White space and comments. A line that begins with '#' is one, unless it is a directive.
  void skip() {
    while (at_ < text_.size()) {
      const auto rest = text_.substr(at_);
      if (white.find(rest.front()) != std::string_view::npos) {
        ++at_;
      } else if (rest.starts_with("//") ||
                 (rest.starts_with('#') && !rest.starts_with("#clear") && !rest.starts_with("#include"))) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (rest.starts_with("/*")) {
        const auto end = text_.find("*/", at_ + 2);
        at_ = end == std::string_view::npos ? text_.size() : end + 2;
      } else {
        return;
      }
    }
  }

  // A word or a quoted text; absent where neither begins here.
  std::optional<std::string> word() {
    if (at_ < text_.size() && text_[at_] == '"') {
      const auto end = text_.find('"', at_ + 1);
      if (end == std::string_view::npos) return std::nullopt;
      std::string value(text_.substr(at_ + 1, end - at_ - 1));
      at_ = end + 1;
      return value;
    }
    const auto end = std::min(text_.find_first_of(" \t\r\n;{}\"", at_), text_.size());
    if (end == at_) return std::nullopt;
    std::string value(text_.substr(at_, end - at_));
    at_ = end;
    return value;
  }

  [[nodiscard]] std::string key_of(const std::string& name) const {
    const std::string scope = scopes_.empty() ? std::string() : scopes_.back();
    return scope.empty() || name.empty() ? scope + to_lower(name) : scope + "::" + to_lower(name);
  }

  // Value of a name, a block, or a bare value of a list. Returns false where nothing more can be understood.
  bool statement() {
    const bool quoted = text_[at_] == '"';
    const auto name = word();
    if (!name) return false;
    skip();
    if (*name == "#clear" || *name == "#include") {
      const auto what = word();
      if (what && *name == "#clear") clear(key_of(*what));
      return true;
    }
    if (quoted) return true;
    if (at_ < text_.size() && text_[at_] == '{') {
      ++at_;
      scopes_.push_back(key_of(*name));
      return scopes_.size() <= deepest;
    }
    const auto value = word();
    if (value) values_[key_of(*name)] = *value;
    return true;
  }

  void clear(const std::string& key) {
    std::erase_if(values_, [&](const auto& entry) {
      return entry.first == key || entry.first.starts_with(key + "::");
    });
  }

  std::string_view text_;
  std::map<std::string, std::string>& values_;
  std::size_t at_ = 0;
  std::vector<std::string> scopes_;  // whole keys
};

void add_file(const fs::path& file, std::map<std::string, std::string>& values) {
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return;
  try {
    add_apt_config(read_file(file, largest_config), values);
  } catch (const Error&) {
    // Not ours to read: apt itself will say so.
  }
}

}  // namespace

void add_apt_config(std::string_view text, std::map<std::string, std::string>& values) {
  Parser(text, values).parse();
}

std::map<std::string, std::string> read_apt_config(const fs::path& apt_folder) {
  std::map<std::string, std::string> values;
  if (const auto first = environment(env::apt_conf)) add_file(*first, values);
  for (const auto& part : apt_parts(apt_folder / "apt.conf.d", {"", ".conf"}))
    add_file(part, values);
  add_file(apt_folder / "apt.conf", values);
  return values;
}

}  // namespace mlrepro
