#include "standards/docker/expansion.hpp"

namespace mlrepro::docker {
namespace {

bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool in_name(char c) {
  return starts_name(c) || (c >= '0' && c <= '9');
}

std::string_view name_at(std::string_view text, std::size_t at) {
  if (at >= text.size() || !starts_name(text[at])) return {};
  std::size_t end = at;
  while (end < text.size() && in_name(text[end]))
    ++end;
  return text.substr(at, end - at);
}

class Expander {
 public:
  Expander(std::string_view word, char escape, const Variables& variables, Budget& budget)
      : word_(word), escape_(escape), variables_(variables), budget_(budget) {}

  Expanded expand() {
    std::string text = until('\0', 0, true);
    result_.text = std::move(text);
    return std::move(result_);
  }

 private:
  static constexpr int deepest = 32;

  // `counts`: whether an unknown variable in this part makes the word unknown. It does not in a default that
  // is not used.
  std::string until(char stop, int depth, bool counts) {
    std::string out;
    char quote = '\0';
    while (at_ < word_.size()) {
      const char c = word_[at_];
      if (quote == '\0' && stop != '\0' && c == stop) break;
      if (quote == '\'') {
        ++at_;
        if (c == '\'') {
          quote = '\0';
        } else {
          add(out, c);
        }
      } else if (c == '\'' && quote == '\0') {
        quote = c;
        ++at_;
      } else if (c == '"') {
        quote = quote == '"' ? '\0' : '"';
        ++at_;
      } else if (c == escape_) {
        escaped(out, quote == '"');
      } else if (c == '$') {
        dollar(out, depth, counts);
      } else {
        add(out, c);
        ++at_;
      }
    }
    return out;
  }

  void add(std::string& out, char c) {
    if (out.size() < Budget::most_in_word) {
      out += c;
    } else {
      result_.known = false;
    }
  }

  void add(std::string& out, std::string_view piece) {
    const bool room = out.size() + piece.size() <= Budget::most_in_word;
    if (room && budget_.take(piece.size())) {
      out += piece;
    } else {
      result_.known = false;
    }
  }

  // In double quotes the escape character counts before ", $ and itself alone.
  void escaped(std::string& out, bool in_quotes) {
    ++at_;
    if (at_ >= word_.size()) {
      if (in_quotes) add(out, escape_);
      return;
    }
    const char c = word_[at_];
    if (in_quotes && c != '"' && c != '$' && c != escape_) add(out, escape_);
    add(out, c);
    ++at_;
  }

  void dollar(std::string& out, int depth, bool counts) {
    ++at_;
    if (at_ < word_.size() && word_[at_] == '{') return braces(out, depth, counts);
    const auto name = name_at(word_, at_);
    if (name.empty()) return add(out, '$');
    at_ += name.size();
    result_.literal = false;
    plain(out, name, counts);
  }

  void plain(std::string& out, std::string_view name, bool counts) {
    const auto found = variables_.find(name);
    if (found != variables_.end() && found->second) {
      add(out, *found->second);
    } else if (counts) {
      result_.known = false;
    }
  }

  void braces(std::string& out, int depth, bool counts) {
    const std::size_t begin = at_ - 1;
    ++at_;
    result_.literal = false;
    const auto name = name_at(word_, at_);
    at_ += name.size();
    if (name.empty() || depth >= deepest) {
      // Not a form that Docker knows: the rest of the word stays as it is written.
      result_.known = false;
      add(out, word_.substr(begin));
      at_ = word_.size();
      return;
    }
    if (at_ < word_.size() && word_[at_] == '}') {
      ++at_;
      return plain(out, name, counts);
    }
    const bool colon = at_ < word_.size() && word_[at_] == ':';
    if (colon) ++at_;
    const char kind = at_ < word_.size() ? word_[at_] : '\0';
    if (kind != '\0') ++at_;
    modified(out, name, colon, kind, depth, counts);
  }

  void modified(std::string& out, std::string_view name, bool colon, char kind, int depth, bool counts) {
    const auto found = variables_.find(name);
    const bool unknown = found != variables_.end() && !found->second;
    const bool set = found != variables_.end() && found->second && !(colon && found->second->empty());
    const bool uses_word = (kind == '-' && !set) || (kind == '+' && set);
    const std::string word = until('}', depth + 1, counts && uses_word);
    if (at_ < word_.size()) {
      ++at_;
    } else {
      result_.known = false;  // "}" is missing
    }
    if (kind == '-') {
      if (set) return add(out, *found->second);
      if (unknown && counts) result_.known = false;
      return add(out, word);
    }
    if (kind == '+') {
      if (unknown && counts) result_.known = false;
      if (set) add(out, word);
      return;
    }
    if (kind == '?' && set) return add(out, *found->second);
    if (counts) result_.known = false;
    if (found != variables_.end() && found->second) add(out, *found->second);
  }

  std::string_view word_;
  char escape_;
  const Variables& variables_;
  Budget& budget_;
  std::size_t at_ = 0;
  Expanded result_;
};

}  // namespace

Expanded expand(std::string_view word, char escape, const Variables& variables, Budget& budget) {
  return Expander(word, escape, variables, budget).expand();
}

std::vector<std::string> variables_in(std::string_view text) {
  std::vector<std::string> names;
  for (std::size_t at = text.find('$'); at != std::string_view::npos; at = text.find('$', at + 1)) {
    const std::size_t begin = at + (at + 1 < text.size() && text[at + 1] == '{' ? 2 : 1);
    if (const auto name = name_at(text, begin); !name.empty()) names.emplace_back(name);
  }
  return names;
}

}  // namespace mlrepro::docker
