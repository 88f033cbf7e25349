#include "services/provenance/source_state.hpp"

#include <algorithm>

#include "adapters/git/checkout.hpp"
#include "adapters/net/http_client.hpp"
#include "services/provenance/data_state.hpp"

namespace mlrepro {
namespace fs = std::filesystem;

namespace {

// Asked first: to load git's library only to hear that there is nothing takes longer than to start a run.
bool may_be_checkout(const fs::path& folder) {
  std::error_code ignored;
  for (fs::path at = fs::weakly_canonical(folder, ignored); !at.empty(); at = at.parent_path()) {
    if (fs::exists(fs::symlink_status(at / ".git", ignored))) return true;
    if (at == at.parent_path()) break;
  }
  return false;
}

}  // namespace

std::optional<RecordedSource> source_state(const fs::path& folder, const std::vector<std::string>& outputs) {
  if (!may_be_checkout(folder)) return std::nullopt;
  const auto git = read_git_state(folder);
  if (!git) return std::nullopt;
  RecordedSource source;
  source.commit = git->commit;
  source.remote =
      git->remote.find("://") == std::string::npos ? git->remote : without_credentials(git->remote);

  std::error_code ignored;
  const fs::path root = fs::weakly_canonical(git->root, ignored);
  const fs::path project = fs::weakly_canonical(folder, ignored);
  std::string material = git->patch;
  for (const auto& path : git->untracked) {
    const std::string in_project = (root / path).lexically_relative(project).generic_string();
    const bool ours = in_project.starts_with(".mlrepro/") ||
                      std::any_of(outputs.begin(), outputs.end(),
                                  [&](const auto& glob) { return matches_glob(glob, in_project); });
    if (ours) continue;
    const fs::path file = root / path;
    const bool plain = fs::symlink_status(file, ignored).type() == fs::file_type::regular;
    material += (plain ? sha256_file(file).hex() : std::string("-")) + " " + path + "\n";
  }
  source.dirty = !material.empty();
  if (source.dirty) source.diff = sha256(material);
  return source;
}

}  // namespace mlrepro
