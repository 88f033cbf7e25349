#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "standards/docker/dockerfile.hpp"

// Positions grow, stages exist, and every script can be asked for.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mlrepro::docker;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Dockerfile file = parse_dockerfile(text);
  std::size_t line = 0;
  for (const auto& instruction : file.instructions) {
    if (instruction.range.begin.line <= line || instruction.range.end.line < instruction.range.begin.line)
      std::abort();
    line = instruction.range.end.line;
    if (instruction.stage && *instruction.stage >= file.stages.size()) {
      if (file.stages.size() < 2000) std::abort();
    }
    const LogicalText script = instruction.script();
    if (script.at(script.text().size()).line < 1) std::abort();
    for (const auto& word : instruction.words) {
      if (word.range.begin.line < instruction.range.begin.line) std::abort();
    }
  }
  for (const auto& stage : file.stages) {
    if (stage.instruction >= file.instructions.size()) std::abort();
    if (stage.parent && *stage.parent >= file.stages.size()) std::abort();
  }
  return 0;
}
