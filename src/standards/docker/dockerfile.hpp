// A Dockerfile as a value, after Docker's Dockerfile reference. Reads text alone: no file, no network.
//
// What Docker would refuse is kept as far as it can be understood, and told in `problems`.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "standards/docker/expansion.hpp"
#include "standards/docker/lines.hpp"
#include "standards/docker/logical_text.hpp"

namespace mlrepro::docker {

struct Word {
  std::string raw;      // as written, with quotes
  std::string text;     // quotes off; variables replaced where the instruction has them replaced
  bool known = true;    // false where a variable's value is not known from the file
  bool literal = true;  // no variable stands in it
  Range range;
};

struct Flag {  // "--platform=linux/amd64", "--link"
  std::string name;
  Word value;  // of the part behind "="; empty without one
  Range range;
};

struct Heredoc {
  std::string name;
  bool expands = true;  // its name has no quotes: variables in it are replaced
  LogicalText content;
  Range range;  // of the body, with the line that ends it
};

struct Instruction {
  std::string keyword;  // upper case
  std::string raw;      // the source, from the keyword to the last byte, here-documents included
  Range range;
  LogicalText text;           // the logical line, keyword included
  std::size_t arguments = 0;  // offset in `text` behind keyword and flags
  std::vector<Flag> flags;
  bool exec_form = false;  // words are of a JSON list
  // ENV, ARG, LABEL: "NAME=value" each, also for the old form "ENV NAME value". RUN, CMD, ENTRYPOINT in
  // shell form: one word, the whole command, in which the shell and not Docker replaces variables.
  // HEALTHCHECK: CMD or NONE, then as these.
  std::vector<Word> words;
  std::vector<Heredoc> heredocs;
  std::optional<std::size_t> stage;  // absent before the first FROM
  // RUN, CMD, ENTRYPOINT, HEALTHCHECK: the ENV and ARG that the command names and their values here.
  Variables variables;
  std::vector<Instruction> trigger;  // ONBUILD's one instruction

  [[nodiscard]] const Flag* flag(std::string_view name) const;  // the last of that name, or nullptr
  // What a shell runs for RUN in shell form: the command, or the here-document that stands in its place, or
  // both. Of other instructions the arguments.
  [[nodiscard]] LogicalText script() const;
};

struct Stage {
  std::string name;  // lower case; empty: none
  Word base;         // the image, or the name of an earlier stage
  std::optional<Word> platform;
  std::optional<std::size_t> parent;  // the earlier stage that it starts from
  std::size_t instruction = 0;        // of its FROM
};

struct Dockerfile {
  char escape = '\\';
  std::vector<Directive> directives;
  std::vector<Instruction> instructions;
  std::vector<Stage> stages;
  std::vector<Problem> problems;  // by position

  // The stage that `name` means in COPY --from or --mount=from= before stage `before`: a name or an index.
  [[nodiscard]] std::optional<std::size_t> stage_named(std::string_view name, std::size_t before) const;
};

// Never throws on any bytes; time and memory are linear in the text up to a fixed bound for variables. Text
// over `most_bytes` or with a NUL byte gives no instructions and one problem.
[[nodiscard]] Dockerfile parse_dockerfile(std::string_view text);
// Absent where Docker would refuse it; `problem` then says the first reason.
[[nodiscard]] std::optional<Dockerfile> try_parse_dockerfile(std::string_view text,
                                                             Problem* problem = nullptr);

inline constexpr std::size_t most_bytes = 1U << 20;
[[nodiscard]] bool is_dockerfile_keyword(std::string_view upper);
[[nodiscard]] std::string to_upper_ascii(std::string_view text);

}  // namespace mlrepro::docker
