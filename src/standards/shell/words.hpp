// A POSIX shell script split into its simple commands (POSIX.1-2017 XCU 2.3, 2.9, 2.10), without running it.
//
// Enough to find what a script calls and with which arguments; compound commands are looked through.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro::shell {

struct Word {
  std::string text;       // quotes and escapes taken off, expansions as they are written
  bool literal = true;    // no expansion ($V, $(...), `...`, an unquoted *, ?, [ or ~ in front) stands in it
  std::size_t begin = 0;  // offsets into the script
  std::size_t end = 0;
};

struct Redirection {
  std::string op;  // "<", ">", ">>", ">&", "<&", "<>", ">|", "&>", "<<", "<<-", "<<<"
  Word target;     // of a here-document its name
};

// What stands between a command and the next.
enum class Join { end, newline, semicolon, and_then, or_else, pipe, background };

struct Command {
  std::vector<Word> assignments;  // "A=b" in front of the name
  std::vector<Word> words;        // the name first; empty where there are assignments or redirections alone
  std::vector<Redirection> redirections;
  Join join = Join::end;
  bool substituted = false;  // it stands in $(...) or `...` of another command, which follows it
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Commands in order. Reserved words (if, then, do, {, !) and parentheses are dropped, so that what stands
// behind them is seen as a command; comments and the bodies of here-documents are skipped; `case` patterns
// and the list of `for` are words. What is cut off (a quote that stays open) ends where the script ends.
// Never throws; time is linear in the script, nesting of substitutions is followed 8 deep.
[[nodiscard]] std::vector<Command> split_commands(std::string_view script);

}  // namespace mlrepro::shell
