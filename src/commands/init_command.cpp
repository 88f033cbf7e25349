#include "commands/init_command.hpp"

#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"
#include "services/init/proposal.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

void show(Answer& answer, const ManifestProposal& proposal, const std::string& written) {
  std::vector<std::vector<std::string>> rows{{"KEY", "VALUE", "FROM", "LINE"}};
  for (const auto& taken : proposal.taken) {
    rows.push_back({taken.key, taken.value, taken.from.empty() ? "(default)" : taken.from,
                    taken.line == 0 ? "" : std::to_string(taken.line)});
  }
  answer.table(rows);
  for (const auto& left : proposal.left_out) {
    const std::string line = left.line == 0 ? "" : ":" + std::to_string(left.line);
    answer.line("not carried over: " + (left.from.empty() ? "" : left.from + line + ": ") + left.what,
                Tone::bad);
  }
  answer.line("wrote " + written, Tone::good);
  answer.line("next: mlrepro lock");
}

Json document_of(const ManifestProposal& proposal, const fs::path& file) {
  const auto with_place = [](Json entry, const std::string& from, std::size_t line) {
    if (!from.empty()) entry["from"] = from;
    if (line > 0) entry["line"] = line;
    return entry;
  };
  Json taken = Json::array();
  for (const auto& entry : proposal.taken)
    taken.push_back(with_place({{"key", entry.key}, {"value", entry.value}}, entry.from, entry.line));
  Json left = Json::array();
  for (const auto& entry : proposal.left_out)
    left.push_back(with_place(Json{{"what", entry.what}}, entry.from, entry.line));
  return {{"kind", "init"},           {"version", 1},   {"manifest", file.string()},
          {"content", proposal.text}, {"taken", taken}, {"left_out", left}};
}

}  // namespace

int init_command(const Invocation& invocation, const InitOptions& options) {
  const fs::path file = invocation.directory / invocation.manifest.value_or("mlrepro.toml");
  std::error_code ignored;
  if (!options.force && fs::symlink_status(file, ignored).type() != fs::file_type::not_found) {
    throw Error(ErrorKind::input, "manifest-exists", file.lexically_normal().string() + " is there already",
                "--force replaces it");
  }
  const fs::path folder = file.parent_path();
  const fs::path from = options.from ? invocation.directory / *options.from : folder;
  const ManifestProposal proposal =
      propose_manifest(from.empty() ? "." : from, folder.empty() ? "." : folder);
  write_file_atomically(file, proposal.text);
  show(*invocation.answer, proposal, file.lexically_normal().string());
  invocation.answer->document(document_of(proposal, file.lexically_normal()));
  return exit_done;
}

}  // namespace mlrepro
