#include "adapters/git/netrc.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace mlrepro::git {
namespace {

class Words {
 public:
  explicit Words(std::string_view text) : rest_(text) {}

  std::optional<std::string> next() {
    skip_space();
    if (rest_.empty()) return std::nullopt;
    std::string word;
    if (rest_.front() == '"') {
      rest_.remove_prefix(1);
      while (!rest_.empty() && rest_.front() != '"') {
        if (rest_.front() == '\\' && rest_.size() > 1) rest_.remove_prefix(1);
        word += rest_.front();
        rest_.remove_prefix(1);
      }
      if (!rest_.empty()) rest_.remove_prefix(1);
      return word;
    }
    const auto end = std::min(rest_.find_first_of(" \t\r\n"), rest_.size());
    word = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return word;
  }

  void skip_line() { rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size())); }
  // A macro ends at an empty line.
  void skip_macro() {
    const auto end = rest_.find("\n\n");
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
  }

 private:
  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }
  std::string_view rest_;
};

}  // namespace

std::optional<Login> find_login(std::string_view netrc, std::string_view host) {
  Words words(netrc);
  std::optional<Login> found;
  bool ours = false;
  const std::string wanted = to_lower(host);
  while (const auto word = words.next()) {
    if (word->starts_with('#')) {
      words.skip_line();
    } else if (*word == "machine" || *word == "default") {
      if (found) return found;
      ours = *word == "default";
      if (!ours) ours = to_lower(words.next().value_or("")) == wanted;
      if (ours) found = Login{};
    } else if (*word == "login") {
      const auto value = words.next();
      if (ours) found->user = value.value_or("");
    } else if (*word == "password") {
      const auto value = words.next();
      if (ours) found->password = value.value_or("");
    } else if (*word == "account") {
      (void)words.next();
    } else if (*word == "macdef") {
      words.skip_macro();
    }
  }
  return found;
}

}  // namespace mlrepro::git
