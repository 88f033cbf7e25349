#include "standards/shell/words.hpp"

#include <gtest/gtest.h>

namespace mlrepro::shell {
namespace {

std::string flat(const Command& command) {
  std::string text;
  for (const auto& word : command.assignments)
    text += "{" + word.text + "}";
  for (const auto& word : command.words)
    text += (word.literal ? "[" : "<") + word.text + (word.literal ? "]" : ">");
  return text;
}

std::string flat(std::string_view script) {
  std::string text;
  for (const auto& command : split_commands(script))
    text += (text.empty() ? "" : " ") + flat(command);
  return text;
}

TEST(ShellWords, OperatorsSeparateCommands) {
  EXPECT_EQ(flat("a && b || c; d | e\nf & g"), "[a] [b] [c] [d] [e] [f] [g]");
  const auto commands = split_commands("a && b || c; d | e\nf & g");
  const Join joins[] = {Join::and_then, Join::or_else,    Join::semicolon, Join::pipe,
                        Join::newline,  Join::background, Join::end};
  ASSERT_EQ(commands.size(), 7U);
  for (std::size_t i = 0; i < 7; ++i)
    EXPECT_EQ(commands[i].join, joins[i]) << i;
}

TEST(ShellWords, AptAndPipLinesOfDockerfiles) {
  EXPECT_EQ(flat("apt-get update && apt-get install -y --no-install-recommends git libgomp1=1.2 && rm -rf "
                 "/var/lib/apt/lists/*"),
            "[apt-get][update] [apt-get][install][-y][--no-install-recommends][git][libgomp1=1.2] "
            "[rm][-rf]</var/lib/apt/lists/*>");
  EXPECT_EQ(flat("pip install 'numpy<2' \"torch==2.1\" scipy\\>=1 x==$V"),
            "[pip][install][numpy<2][torch==2.1][scipy>=1]<x==$V>");
  EXPECT_EQ(flat("DEBIAN_FRONTEND=noninteractive A+=b apt-get install -y x=1"),
            "{DEBIAN_FRONTEND=noninteractive}{A+=b}[apt-get][install][-y][x=1]");
}

TEST(ShellWords, QuotesAndEscapes) {
  EXPECT_EQ(flat(R"(echo 'a "b" $c' "d 'e' \"f\" \x" g\ h \$i)"),
            R"([echo][a "b" $c][d 'e' "f" \x][g h][$i])");
  EXPECT_EQ(flat("echo a'b'\"c\"d"), "[echo][abcd]");
  EXPECT_EQ(flat("a \\\n b\\\nc"), "[a][bc]");
  EXPECT_EQ(flat("echo 'never closed"), "[echo][never closed]");
  EXPECT_EQ(flat("echo \"${A:-b c}\" $((1<<2)) $"), "[echo]<${A:-b c}><$((1<<2))>[$]");
}

TEST(ShellWords, CommentsAreSkipped) {
  EXPECT_EQ(flat("a # pip install b\nc#d"), "[a] [c#d]");
}

TEST(ShellWords, RedirectionsAreNoWords) {
  EXPECT_EQ(flat("curl -s x 2>&1 >out </dev/null | sh"), "[curl][-s][x] [sh]");
  const auto commands = split_commands("curl -s x 2>&1 >> out");
  ASSERT_EQ(commands[0].redirections.size(), 2U);
  EXPECT_EQ(commands[0].redirections[0].op, ">&");
  EXPECT_EQ(commands[0].redirections[1].target.text, "out");
}

TEST(ShellWords, HereDocumentsAreSkipped) {
  EXPECT_EQ(flat("cat <<EOF >x\npip install a\nEOF\npip install b"), "[cat] [pip][install][b]");
  EXPECT_EQ(flat("cat <<-'E F' <<B\n\ta\n\tE F\nb\nB\nc"), "[cat] [c]");
  EXPECT_EQ(flat("cat <<<word\npip install b"), "[cat] [pip][install][b]");
}

TEST(ShellWords, CompoundCommandsAreLookedThrough) {
  EXPECT_EQ(flat("if ! a; then b; else c; fi"), "[a] [b] [c]");
  EXPECT_EQ(flat("(cd /x && { pip install y; }) | tee z"), "[cd][/x] [pip][install][y] [tee][z]");
  EXPECT_EQ(flat("for i in a b; do pip install $i; done"), "[for][i][in][a][b] [pip][install]<$i>");
}

TEST(ShellWords, OperatorBehindParenthesesBelongsToTheLastCommand) {
  const auto commands = split_commands("a && (b) | c");
  ASSERT_EQ(commands.size(), 3U);
  EXPECT_EQ(commands[0].join, Join::and_then);
  EXPECT_EQ(commands[1].join, Join::pipe);
}

TEST(ShellWords, SubstitutionsAreCommandsToo) {
  const auto commands = split_commands("sh -c \"$(curl -fsSL https://example.org/x)\" `date`");
  ASSERT_EQ(commands.size(), 3U);
  EXPECT_TRUE(commands[0].substituted);
  EXPECT_EQ(flat(commands[0]), "[curl][-fsSL][https://example.org/x]");
  EXPECT_EQ(flat(commands[1]), "[date]");
  EXPECT_FALSE(commands[2].substituted);
  EXPECT_FALSE(commands[2].words[2].literal);
}

TEST(ShellWords, OffsetsPointIntoTheScript) {
  const std::string_view script = "a && pip  install \"b c\"";
  const auto commands = split_commands(script);
  const auto& word = commands[1].words[2];
  EXPECT_EQ(script.substr(word.begin, word.end - word.begin), "\"b c\"");
  EXPECT_EQ(script.substr(commands[1].begin, commands[1].end - commands[1].begin), "pip  install \"b c\"");
}

TEST(ShellWords, DeepNestingEnds) {
  std::string script;
  for (int i = 0; i < 20000; ++i)
    script += "$(";
  EXPECT_FALSE(split_commands(script).empty());
  EXPECT_FALSE(split_commands(std::string(100000, '`')).empty());
}

}  // namespace
}  // namespace mlrepro::shell
