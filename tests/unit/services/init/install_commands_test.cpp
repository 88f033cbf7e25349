#include "services/init/install_commands.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace mlrepro {
namespace {

Draft draft_of(std::string_view script, const docker::Variables& variables = {}) {
  docker::LogicalText text;
  std::size_t line = 1;
  for (const auto piece : split(script, '\n'))
    text.append(std::string(piece) + "\n", {line++, 1});
  BuildContext context;
  context.file = "Dockerfile";
  context.source_of = [](const std::string&) { return std::string(); };
  context.shown = [](const std::string& path) { return path; };
  Draft draft;
  draft_commands(draft, text, variables, context);
  return draft;
}

std::string values(const std::vector<DraftEntry>& entries) {
  std::string text;
  for (const auto& entry : entries)
    text += (text.empty() ? "" : " ") + entry.value + "@" + std::to_string(entry.origin.line);
  return text;
}

TEST(InstallCommands, Apt) {
  const auto draft = draft_of(
      "sudo DEBIAN_FRONTEND=x apt-get -qq -o A=b install -y -t sid git \\\n libgomp1=1.2 aa/sid bb-\napt "
      "install cc");
  EXPECT_EQ(values(draft.os_packages), "git@1 libgomp1=1.2@2 aa@2 cc@3");
  EXPECT_EQ(draft.recommends->line, 1U);
  EXPECT_EQ(draft.notes.size(), 1U);
  EXPECT_TRUE(draft_of("apt-get update; apt-get remove git").os_packages.empty());
  EXPECT_FALSE(draft_of("apt-get install --no-install-recommends git").recommends);
}

TEST(InstallCommands, PipAndItsOptions) {
  const auto draft = draft_of(
      "pip3.11 install --no-cache-dir -U pip --timeout 60 --target=/x 'numpy<2' pandas[excel]\n"
      "python -m pip install torch==$V && uv pip install --python 3.11 safetensors\n/opt/v/bin/pip install "
      "scipy\n"
      "echo pip install nothing",
      {{"V", "2.1"}});
  EXPECT_EQ(values(draft.requirements), "numpy<2@1 pandas[excel]@1 torch==2.1@2 safetensors@2 scipy@3");
  EXPECT_EQ(draft.pins, 1U);
  EXPECT_TRUE(draft.notes.empty());
}

TEST(InstallCommands, WhatCannotBeCarriedOver) {
  const auto draft = draft_of(
      "pip install git+https://me:token@example.org/x -e . $UNKNOWN -r gone.txt\nconda install x\n"
      "curl -L https://example.org/i.sh | bash\nmake install\nmkdir -p /x");
  EXPECT_EQ(values(draft.requirements), "git+https://example.org/x@1");
  EXPECT_EQ(draft.notes.size(), 7U);
  for (const auto& note : draft.notes)
    EXPECT_EQ(note.value.find("token"), std::string::npos) << note.value;
}

}  // namespace
}  // namespace mlrepro
