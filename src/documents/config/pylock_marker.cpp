#include "documents/config/pylock_marker.hpp"

#include <vector>

#include "standards/python/marker.hpp"
#include "standards/python/name.hpp"

namespace mlrepro {
namespace {

constexpr int deepest = 64;
constexpr std::string_view white = " \t\r\n";
constexpr std::string_view symbols = "<>=!~";

// Quoted strings, parentheses, operators and words. Absent where a quote is open.
std::optional<std::vector<std::string_view>> tokens_of(std::string_view text) {
  std::vector<std::string_view> tokens;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    std::size_t end = i + 1;
    if (white.find(c) != std::string_view::npos) {
      i = end;
      continue;
    }
    if (c == '"' || c == '\'') {
      end = text.find(c, end);
      if (end == std::string_view::npos) return std::nullopt;
      ++end;
    } else if (symbols.find(c) != std::string_view::npos) {
      end = std::min(text.find_first_not_of(symbols, i), text.size());
    } else if (c != '(' && c != ')') {
      end = std::min(text.find_first_of(" \t\r\n<>=!~()\"'", i), text.size());
    }
    tokens.push_back(text.substr(i, end - i));
    i = end;
  }
  return tokens;
}

struct Folded {
  std::optional<bool> known;
  std::string text;
  bool alternatives = false;  // an "or" stands at its top
};

class Folding {
 public:
  Folding(std::vector<std::string_view> tokens, const PylockChoice& choice)
      : tokens_(std::move(tokens)), choice_(choice) {}

  std::optional<Folded> fold() {
    auto result = join("or", 0);
    return result && at_ == tokens_.size() ? std::move(result) : std::nullopt;
  }

 private:
  [[nodiscard]] std::string_view next() const {
    return at_ < tokens_.size() ? tokens_[at_] : std::string_view{};
  }

  // Terms between `word`: with "or" one that holds decides, with "and" one that does not.
  std::optional<Folded> join(std::string_view word, int depth) {
    const bool deciding = word == "or";
    Folded all;
    std::size_t left = 0;
    bool decided = false;
    for (;;) {
      auto term = deciding ? join("and", depth) : primary(depth);
      if (!term) return std::nullopt;
      if (term->known) {
        decided = decided || *term->known == deciding;
      } else {
        const bool parentheses = !deciding && term->alternatives;
        if (left++ > 0) all.text += " " + std::string(word) + " ";
        all.text += parentheses ? "(" + term->text + ")" : term->text;
        all.alternatives = left > 1 ? deciding : term->alternatives && !parentheses;
      }
      if (next() != word) break;
      ++at_;
    }
    if (decided) return Folded{deciding, "", false};
    if (left == 0) return Folded{!deciding, "", false};
    return all;
  }

  std::optional<Folded> primary(int depth) {
    if (next() != "(") return comparison();
    if (depth >= deepest) return std::nullopt;
    ++at_;
    auto inside = join("or", depth + 1);
    if (!inside || next() != ")") return std::nullopt;
    ++at_;
    return inside;
  }

  std::optional<Folded> comparison() {
    if (tokens_.size() - at_ < 3) return std::nullopt;
    const std::string_view left = tokens_[at_++];
    std::string op(tokens_[at_++]);
    if (op == "not") {
      if (next() != "in") return std::nullopt;
      op = "not in";
      ++at_;
    }
    if (at_ == tokens_.size()) return std::nullopt;
    const std::string_view right = tokens_[at_++];
    if (right == "extras" || right == "dependency_groups") {
      if ((op != "in" && op != "not in") || left.size() < 2 || (left[0] != '"' && left[0] != '\''))
        return std::nullopt;
      const auto& chosen = right == "extras" ? choice_.extras : choice_.groups;
      const bool has = chosen.contains(python::normalise_name(left.substr(1, left.size() - 2)));
      return Folded{has == (op == "in"), "", false};
    }
    return Folded{std::nullopt, std::string(left) + " " + op + " " + std::string(right), false};
  }

  std::vector<std::string_view> tokens_;
  const PylockChoice& choice_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<FoldedMarker> fold_marker(std::string_view text, const PylockChoice& choice) {
  auto tokens = tokens_of(text);
  if (!tokens) return std::nullopt;
  const auto folded = Folding(std::move(*tokens), choice).fold();
  if (!folded) return std::nullopt;
  if (folded->known) return FoldedMarker{!*folded->known, ""};
  if (!python::Marker::parse(folded->text)) return std::nullopt;
  return FoldedMarker{false, folded->text};
}

}  // namespace mlrepro
