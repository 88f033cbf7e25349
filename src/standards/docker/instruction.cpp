#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "standards/docker/dockerfile.hpp"
#include "standards/docker/words.hpp"

namespace mlrepro::docker {
namespace {

constexpr std::array keywords = {"ADD",    "ARG",   "CMD",         "COPY",  "ENTRYPOINT", "ENV",
                                 "EXPOSE", "FROM",  "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD",
                                 "RUN",    "SHELL", "STOPSIGNAL",  "USER",  "VOLUME",     "WORKDIR"};

// Whether the command is the one here-document and nothing else.
bool is_heredoc_alone(const Instruction& instruction) {
  if (instruction.heredocs.size() != 1) return false;
  const auto words = plain_words(instruction.text.text(), instruction.arguments);
  return words.size() == 1 && heredocs_in(instruction.text.text(), instruction.arguments).size() == 1;
}

void append_body(LogicalText& script, const Heredoc& heredoc) {
  const std::string& text = heredoc.content.text();
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    const std::size_t stop = end == std::string::npos ? text.size() : end + 1;
    script.append(std::string_view(text).substr(at, stop - at), heredoc.content.at(at));
    at = stop;
  }
}

}  // namespace

std::string to_upper_ascii(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

bool is_dockerfile_keyword(std::string_view upper) {
  return std::find(keywords.begin(), keywords.end(), upper) != keywords.end();
}

const Flag* Instruction::flag(std::string_view name) const {
  for (auto each = flags.rbegin(); each != flags.rend(); ++each) {
    if (each->name == name) return &*each;
  }
  return nullptr;
}

LogicalText Instruction::script() const {
  if (keyword == "RUN" && is_heredoc_alone(*this)) return heredocs[0].content;
  LogicalText script = text.from(arguments);
  for (const auto& heredoc : heredocs) {
    script.append_made("\n");
    append_body(script, heredoc);
    script.append_made(heredoc.name);
  }
  return script;
}

std::optional<std::size_t> Dockerfile::stage_named(std::string_view name, std::size_t before) const {
  const std::string lower = to_lower(name);
  for (std::size_t i = std::min(before, stages.size()); i > 0; --i) {
    if (!lower.empty() && stages[i - 1].name == lower) return i - 1;
  }
  const auto number = parse_number(name);
  if (number && *number < before && *number < stages.size()) return static_cast<std::size_t>(*number);
  return std::nullopt;
}

std::optional<Dockerfile> try_parse_dockerfile(std::string_view text, Problem* problem) {
  Dockerfile parsed = parse_dockerfile(text);
  if (parsed.problems.empty()) return parsed;
  if (problem != nullptr) *problem = parsed.problems.front();
  return std::nullopt;
}

}  // namespace mlrepro::docker
