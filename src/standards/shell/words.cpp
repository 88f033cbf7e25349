#include "standards/shell/words.hpp"

#include <algorithm>
#include <array>

#include "standards/shell/characters.hpp"

namespace mlrepro::shell {
namespace {

constexpr int deepest = 8;

class Splitter {
 public:
  Splitter(std::string_view script, std::size_t base, int depth, std::vector<Command>& out)
      : script_(script), base_(base), depth_(depth), out_(out) {}

  void split() {
    while (at_ < script_.size())
      step();
    finish(Join::end);
  }

 private:
  struct Pending {  // a here-document whose body begins on the next line
    std::string name;
    bool strip_tabs;
  };

  void step() {
    const char c = script_[at_];
    if (is_blank(c)) {
      ++at_;
    } else if (c == '\\' && script_.substr(at_ + 1, 1) == "\n") {
      at_ += 2;
    } else if (c == '\\' && script_.substr(at_ + 1, 2) == "\r\n") {
      at_ += 3;
    } else if (c == '#') {
      at_ = std::min(script_.find('\n', at_), script_.size());
    } else if (c == '\n') {
      ++at_;
      finish(Join::newline);
      skip_bodies();
    } else if (c == ';') {
      at_ += script_.substr(at_, 2) == ";;" ? 2U : 1U;
      finish(Join::semicolon);
    } else if (c == '&') {
      ampersand();
    } else if (c == '|') {
      const bool twice = script_.substr(at_, 2) == "||";
      at_ += twice || script_.substr(at_, 2) == "|&" ? 2U : 1U;
      finish(twice ? Join::or_else : Join::pipe);
    } else if (c == '(' || c == ')') {
      ++at_;
      finish(Join::semicolon);
    } else if (c == '<' || c == '>') {
      redirection();
    } else {
      any_word();
    }
  }

  void ampersand() {
    if (script_.substr(at_, 2) == "&&") {
      at_ += 2;
      finish(Join::and_then);
    } else if (script_.substr(at_, 2) == "&>") {
      ++at_;
      redirection();
    } else {
      ++at_;
      finish(Join::background);
    }
  }

  void finish(Join join) {
    if (command_.words.empty() && command_.assignments.empty() && command_.redirections.empty()) {
      // "(a) | b" and "fi && b": the operator belongs to the command before.
      const bool joins = join != Join::newline && join != Join::semicolon && join != Join::end;
      if (joins && out_.size() > first_) out_.back().join = join;
    } else {
      command_.join = join;
      out_.push_back(std::move(command_));
    }
    command_ = {};
  }

  void any_word() {
    const std::size_t begin = at_;
    bool quoted = false;
    Word word = read_word(quoted);
    const std::string_view raw = script_.substr(begin, at_ - begin);
    const bool digits = !raw.empty() && raw.find_first_not_of("0123456789") == std::string_view::npos;
    if (digits && at_ < script_.size() && (script_[at_] == '<' || script_[at_] == '>'))
      return;  // "2>": a number of a file
    if (command_.words.empty()) {
      if (!quoted && command_.assignments.empty() && is_reserved(raw)) return;
      if (is_assignment(raw)) return keep(command_.assignments, std::move(word));
    }
    keep(command_.words, std::move(word));
  }

  void keep(std::vector<Word>& list, Word word) {
    touch(word.begin, word.end);
    list.push_back(std::move(word));
  }

  void touch(std::size_t begin, std::size_t end) {
    if (command_.end == 0) command_.begin = begin;
    command_.end = end;
  }

  void redirection() {
    constexpr std::array operators = {"<<-", "<<<", "<<", "<&", "<>", ">>", ">&", ">|", "<", ">"};
    Redirection redirection;
    for (const std::string_view op : operators) {
      if (script_.substr(at_, op.size()) != op) continue;
      redirection.op = op;
      break;
    }
    const std::size_t begin = base_ + at_;
    at_ += redirection.op.size();
    while (at_ < script_.size() && is_blank(script_[at_]))
      ++at_;
    if (script_.substr(at_, 2) == "<(" || script_.substr(at_, 2) == ">(") ++at_;
    bool quoted = false;
    if (at_ < script_.size() && !is_meta(script_[at_])) redirection.target = read_word(quoted);
    if (redirection.op.starts_with("<<") && redirection.op != "<<<" && !redirection.target.text.empty())
      pending_.push_back({redirection.target.text, redirection.op == "<<-"});
    touch(begin, base_ + at_);
    command_.redirections.push_back(std::move(redirection));
  }

  void skip_bodies() {
    for (const auto& [name, strip_tabs] : pending_) {
      while (at_ < script_.size()) {
        const std::size_t end = std::min(script_.find('\n', at_), script_.size());
        std::string_view line = script_.substr(at_, end - at_);
        at_ = std::min(end + 1, script_.size());
        if (line.ends_with('\r')) line.remove_suffix(1);
        while (strip_tabs && line.starts_with('\t'))
          line.remove_prefix(1);
        if (line == name) break;
      }
    }
    pending_.clear();
  }

  Word read_word(bool& quoted) {
    Word word;
    word.begin = base_ + at_;
    while (at_ < script_.size()) {
      const char c = script_[at_];
      if (c == '\'') {
        quoted = true;
        const std::size_t end = std::min(script_.find('\'', at_ + 1), script_.size());
        word.text += script_.substr(at_ + 1, end - at_ - 1);
        at_ = std::min(end + 1, script_.size());
      } else if (c == '"') {
        quoted = true;
        double_quoted(word);
      } else if (c == '\\') {
        quoted = true;
        escape(word, false);
      } else if (c == '$' || c == '`') {
        expansion(word);
      } else if (is_meta(c)) {
        break;
      } else {
        if (c == '*' || c == '?' || c == '[' || (c == '~' && word.text.empty())) word.literal = false;
        word.text += c;
        ++at_;
      }
    }
    word.end = base_ + at_;
    return word;
  }

  void double_quoted(Word& word) {
    for (++at_; at_ < script_.size() && script_[at_] != '"';) {
      const char c = script_[at_];
      if (c == '\\') {
        escape(word, true);
      } else if (c == '$' || c == '`') {
        expansion(word);
      } else {
        word.text += c;
        ++at_;
      }
    }
    if (at_ < script_.size()) ++at_;
  }

  void escape(Word& word, bool in_quotes) {
    ++at_;
    if (at_ >= script_.size()) return;
    const char c = script_[at_++];
    if (c == '\n') return;  // a continued line
    if (c == '\r' && at_ < script_.size() && script_[at_] == '\n') {
      ++at_;
      return;
    }
    if (in_quotes && c != '$' && c != '`' && c != '"' && c != '\\') word.text += '\\';
    word.text += c;
  }

  // $V, ${...}, $((...)), $(...), `...`: kept as written; commands inside are split too.
  void expansion(Word& word) {
    const std::size_t begin = at_;
    if (script_[at_] == '`') {
      word.literal = false;
      std::size_t end = at_ + 1;
      while (end < script_.size() && script_[end] != '`')
        end += script_[end] == '\\' ? 2U : 1U;
      at_ = std::min(end + 1, script_.size());
      inside(begin + 1, std::min(end, script_.size()));
    } else if (script_.substr(at_, 3) == "$((") {
      word.literal = false;
      at_ = closing(at_ + 1, '(', ')');
    } else if (script_.substr(at_, 2) == "$(") {
      word.literal = false;
      at_ = closing(at_ + 1, '(', ')');
      inside(begin + 2, script_[at_ - 1] == ')' && at_ > begin + 2 ? at_ - 1 : at_);
    } else if (script_.substr(at_, 2) == "${") {
      word.literal = false;
      at_ = closing(at_ + 1, '{', '}');
    } else {
      ++at_;
      const bool special = at_ < script_.size() &&
                           std::string_view("@*#?-$!0123456789").find(script_[at_]) != std::string_view::npos;
      if (special || (at_ < script_.size() && starts_name(script_[at_]))) word.literal = false;
    }
    word.text += script_.substr(begin, at_ - begin);
  }

  // Behind the bracket that closes the one at `from`; quotes between are respected.
  [[nodiscard]] std::size_t closing(std::size_t from, char open, char close) const {
    std::size_t depth = 0;
    char quote = '\0';
    for (std::size_t at = from; at < script_.size(); ++at) {
      const char c = script_[at];
      if (c == '\\' && quote != '\'') {
        ++at;
      } else if (quote != '\0') {
        if (c == quote) quote = '\0';
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (c == open) {
        ++depth;
      } else if (c == close && --depth == 0) {
        return at + 1;
      }
    }
    return script_.size();
  }

  void inside(std::size_t begin, std::size_t end) {
    if (depth_ >= deepest || begin >= end) return;
    const std::size_t first = out_.size();
    Splitter(script_.substr(begin, end - begin), base_ + begin, depth_ + 1, out_).split();
    for (std::size_t i = first; i < out_.size(); ++i)
      out_[i].substituted = true;
  }

  std::string_view script_;
  std::size_t base_;
  int depth_;
  std::vector<Command>& out_;
  std::size_t first_ = out_.size();
  std::size_t at_ = 0;
  Command command_;
  std::vector<Pending> pending_;
};

}  // namespace

std::vector<Command> split_commands(std::string_view script) {
  std::vector<Command> commands;
  Splitter(script, 0, 0, commands).split();
  return commands;
}

}  // namespace mlrepro::shell
