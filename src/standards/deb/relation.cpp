#include "standards/deb/relation.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"

namespace mlrepro::deb {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// One pass over a relation field. On the first thing that does not fit, `problem` says what and the pass
// ends.
class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  std::optional<Relations> relations() {
    Relations all;
    for (;;) {
      skip_space();
      if (take(',')) continue;
      if (rest_.empty()) return all;
      auto group = alternatives();
      if (!group) return std::nullopt;
      all.push_back(std::move(*group));
      if (!rest_.empty() && !take(',')) return fail<Relations>("\",\" or \"|\" is missing before it");
    }
  }

  std::string problem;
  [[nodiscard]] std::string_view rest() const noexcept { return rest_; }

 private:
  template <typename T>
  std::optional<T> fail(std::string why) {
    problem = std::move(why);
    return std::nullopt;
  }

  void skip_space() {
    while (!rest_.empty() && is_space(rest_.front()))
      rest_.remove_prefix(1);
  }

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string_view until(std::string_view stops) {
    const std::string_view piece = rest_.substr(0, rest_.find_first_of(stops));
    rest_.remove_prefix(piece.size());
    return piece;
  }

  std::optional<Alternatives> alternatives() {
    Alternatives group;
    do {
      skip_space();
      auto one = relation();
      if (!one) return std::nullopt;
      group.push_back(std::move(*one));
      skip_space();
    } while (take('|'));
    return group;
  }

  std::optional<Relation> relation() {
    Relation result;
    result.name = until(" \t\n\r,|([<:=");
    if (!is_package_name(result.name)) return fail<Relation>("\"" + result.name + "\" is no package name");
    if (take(':')) {
      result.qualifier = until(" \t\n\r,|([<=");
      if (!is_package_name(result.qualifier)) return fail<Relation>("the architecture after ':' is missing");
    }
    skip_space();
    if (take('(') && !version(result)) return std::nullopt;
    skip_space();
    if (take('[') && !terms(']', result.architectures)) return std::nullopt;
    skip_space();
    while (take('<')) {
      result.profiles.emplace_back();
      if (!terms('>', result.profiles.back())) return std::nullopt;
      skip_space();
    }
    return result;
  }

  bool version(Relation& result) {
    skip_space();
    const std::size_t length = std::min(rest_.find_first_not_of("<>="), rest_.size());
    const auto comparison = parse_comparison(rest_.substr(0, length));
    if (!comparison || *comparison == Comparison::any) {
      problem = "none of <<, <=, =, >=, >> stands after \"(\"";
      return false;
    }
    rest_.remove_prefix(length);
    skip_space();
    result.comparison = *comparison;
    result.version = until(" \t\n\r,|()[]<>");
    skip_space();
    if (result.version.empty() || !take(')')) {
      problem = "the version in \"(...)\" is missing or not closed";
      return false;
    }
    if (!Version::parse(result.version)) {
      problem = "\"" + result.version + "\" is no version";
      return false;
    }
    return true;
  }

  bool terms(char close, std::vector<Term>& result) {
    for (;;) {
      skip_space();
      if (take(close)) break;
      Term term;
      term.negated = take('!');
      term.name = until(" \t\n\r,|()[]<>!");
      if (term.name.empty()) {
        problem = std::string("a name or '") + close + "' is missing";
        return false;
      }
      result.push_back(std::move(term));
    }
    if (!result.empty()) return true;
    problem = "a restriction list is empty";
    return false;
  }

  std::string_view rest_;
};

Error bad_relation(std::string_view text, const std::string& why) {
  return {ErrorKind::input, "bad-relation",
          "cannot read package relation \"" + std::string(text) + "\": " + why,
          "write it as in Debian control files: \"name\", \"name (>= 1.2)\", \"name | other\""};
}

std::string render_terms(char open, const std::vector<Term>& terms, char close) {
  std::string text = std::string(" ") + open;
  for (const Term& term : terms) {
    if (text.size() > 2) text += ' ';
    if (term.negated) text += '!';
    text += term.name;
  }
  return text + close;
}

}  // namespace

bool Relation::applies(std::string_view architecture, const std::vector<std::string>& build_profiles) const {
  if (!architectures.empty()) {
    const bool named = std::any_of(architectures.begin(), architectures.end(), [&](const Term& term) {
      return architecture_matches(architecture, term.name);
    });
    if (named == architectures.front().negated) return false;
  }
  if (profiles.empty()) return true;
  const auto holds = [&](const Term& term) {
    const bool active =
        std::find(build_profiles.begin(), build_profiles.end(), term.name) != build_profiles.end();
    return active != term.negated;
  };
  return std::any_of(profiles.begin(), profiles.end(), [&](const std::vector<Term>& list) {
    return std::all_of(list.begin(), list.end(), holds);
  });
}

std::optional<Relations> try_parse_relations(std::string_view text) {
  return Parser(text).relations();
}

Relations parse_relations(std::string_view text) {
  Parser parser(text);
  auto relations = parser.relations();
  if (!relations) throw bad_relation(text, parser.problem);
  return std::move(*relations);
}

Alternatives parse_wish(std::string_view text) {
  text = trim(text);
  if (const auto sign = text.find('=');
      sign != std::string_view::npos && text.find('(') == std::string_view::npos) {
    const std::string_view version = trim(text.substr(sign + 1));
    if (!Version::parse(version)) throw bad_relation(text, "\"" + std::string(version) + "\" is no version");
    Alternatives alternatives = parse_wish(text.substr(0, sign));
    if (alternatives.size() != 1) throw bad_relation(text, "\"name=version\" takes no alternatives");
    alternatives.front().comparison = Comparison::equal;
    alternatives.front().version = version;
    return alternatives;
  }
  Relations relations = parse_relations(text);
  if (relations.size() != 1)
    throw bad_relation(text, "one package is to be named, not " + std::to_string(relations.size()));
  return std::move(relations.front());
}

std::string to_string(const Relation& relation) {
  std::string text = relation.name;
  if (!relation.qualifier.empty()) text += ":" + relation.qualifier;
  if (relation.comparison != Comparison::any)
    text += " (" + std::string(to_string(relation.comparison)) + " " + relation.version + ")";
  if (!relation.architectures.empty()) text += render_terms('[', relation.architectures, ']');
  for (const auto& list : relation.profiles)
    text += render_terms('<', list, '>');
  return text;
}

std::string to_string(const Alternatives& alternatives) {
  std::string text;
  for (const Relation& relation : alternatives)
    text += (text.empty() ? "" : " | ") + to_string(relation);
  return text;
}

std::string to_string(const Relations& relations) {
  std::string text;
  for (const Alternatives& group : relations)
    text += (text.empty() ? "" : ", ") + to_string(group);
  return text;
}

bool is_package_name(std::string_view name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return name.size() >= 2 && plain(name.front()) && std::all_of(name.begin(), name.end(), [&](char c) {
           return plain(c) || c == '+' || c == '-' || c == '.';
         });
}

bool architecture_matches(std::string_view architecture, std::string_view wildcard) {
  if (wildcard == "any" || wildcard == architecture) return true;
  const auto system_and_cpu = [](std::string_view name) {
    const auto hyphen = name.rfind('-');
    if (hyphen == std::string_view::npos) return std::pair{std::string_view("linux"), name};
    return std::pair{name.substr(0, hyphen), name.substr(hyphen + 1)};
  };
  const auto [system, cpu] = system_and_cpu(architecture);
  if (wildcard.starts_with("any-")) return system_and_cpu(wildcard).second == cpu;
  if (wildcard.ends_with("-any")) return wildcard.substr(0, wildcard.size() - 4) == system;
  return false;
}

}  // namespace mlrepro::deb
