#include "services/resolve/conflict.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace mlrepro {
namespace {

constexpr std::size_t columns = 80;
constexpr std::size_t most_links = 16;   // of a chain, in words
constexpr std::size_t widest_from = 30;  // of a column

// `text` in lines that begin with `head` or as much space.
void fold(const std::string& head, std::string_view text, ToldLine::Part part, std::vector<ToldLine>& lines) {
  std::string line = head;
  bool empty = true;
  for (const auto word : split_words(text)) {
    if (!empty && line.size() + 1 + word.size() > columns) {
      lines.push_back({part, std::move(line)});
      line = std::string(head.size(), ' ');
      empty = true;
    }
    if (!empty) line += ' ';
    line += word;
    empty = false;
  }
  lines.push_back({part, std::move(line)});
}

// "torch 1.7.0 and 1.7.1", "numpy 1.0 to 1.5" are several.
std::string requires_of(const ConflictLink& link) {
  const bool several =
      link.from.find(" to ") != std::string::npos || link.from.find(" and ") != std::string::npos;
  return several ? "require" : "requires";
}

// In three columns where they fit, else what a requirement ends in stands below it.
void tell_chain(const std::vector<ConflictLink>& chain, std::vector<ToldLine>& lines) {
  std::size_t from = 0;
  std::size_t requirement = 0;
  std::size_t to = 0;
  const std::size_t shown = chain.size() > most_links ? most_links - 1 : chain.size();
  for (std::size_t i = 0; i < shown; ++i) {
    from = std::max(from, chain[i].from.size() + 1 + requires_of(chain[i]).size());
    requirement = std::max(requirement, chain[i].requirement.size());
    to = std::max(to, chain[i].to.size());
  }
  const bool wide = 2 + from + 1 + requirement + 5 + to <= columns;
  from = std::min(from, widest_from);
  for (std::size_t i = 0; i < shown; ++i) {
    const ConflictLink& link = chain[i];
    std::string head = "  " + link.from + " " + requires_of(link);
    if (head.size() < 2 + from) head.resize(2 + from, ' ');
    if (wide) {
      std::string line = head + " " + link.requirement;
      line.resize(std::max(line.size(), 2 + from + 1 + requirement), ' ');
      lines.push_back({ToldLine::Part::link, line + "  -> " + link.to});
      continue;
    }
    fold(head + " ", link.requirement, ToldLine::Part::link, lines);
    fold(std::string(from, ' ') + "-> ", link.to, ToldLine::Part::link, lines);
  }
  if (shown < chain.size()) {
    lines.push_back({ToldLine::Part::link,
                     "  and " + std::to_string(chain.size() - shown) + " more (all of them: --json)"});
  }
}

}  // namespace

Json to_json(const Conflict& conflict) {
  Json list = Json::array();
  for (const auto& entry : conflict.conflicts) {
    Json chain = Json::array();
    for (const auto& link : entry.chain) {
      chain.push_back({{"from", link.from}, {"requirement", link.requirement}, {"to", link.to}});
    }
    list.push_back({{"message", entry.message}, {"chain", chain}, {"suggestion", entry.suggestion}});
  }
  return {{"kind", "conflict"}, {"version", 1}, {"conflicts", list}};
}

std::vector<ToldLine> told(const Conflict& conflict) {
  std::vector<ToldLine> lines;
  for (const auto& entry : conflict.conflicts) {
    fold("conflict: ", entry.message, ToldLine::Part::message, lines);
    tell_chain(entry.chain, lines);
    if (!entry.suggestion.empty()) fold("hint: ", entry.suggestion, ToldLine::Part::suggestion, lines);
  }
  return lines;
}

std::string describe(const Conflict& conflict) {
  std::string text;
  for (const auto& line : told(conflict))
    text += line.text + "\n";
  return text;
}

}  // namespace mlrepro
