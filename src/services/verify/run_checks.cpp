#include "services/verify/run_checks.hpp"

#include <map>

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

enum class Links { followed, refused };

Check files_check(const std::string& name, const std::vector<RecordedFile>& files, const fs::path& folder,
                  Links links) {
  Check check{name, CheckStatus::pass, std::to_string(files.size()) + " files hashed", 0, false};
  if (files.empty()) return {name, CheckStatus::skipped, "the run recorded none", 0, false};
  std::size_t wrong = 0;
  for (const auto& file : files) {
    std::string trouble;
    std::error_code code;
    const fs::path path = folder / file.path;
    const auto status = links == Links::followed ? fs::status(path, code) : fs::symlink_status(path, code);
    if (status.type() != fs::file_type::regular) {
      trouble = file.path + " is missing";
    } else if (sha256_file(path) != file.sha256) {
      trouble = file.path + " changed since the run";
    }
    if (trouble.empty()) continue;
    if (++wrong == 1) check.detail = trouble;
    check.status = CheckStatus::fail;
  }
  if (wrong > 1) check.detail += " (and " + std::to_string(wrong - 1) + " more)";
  return check;
}

}  // namespace

std::vector<Check> check_run(const RunRecord& record, const Lockfile& lock, const fs::path& folder) {
  std::vector<Check> checks;
  Check status{"run-status", CheckStatus::pass, "run " + record.name + " ended with exit status 0", 0, false};
  if (!record.exit_status) {
    status = {"run-status", CheckStatus::fail, "run " + record.name + " never ended: mlrepro was killed", 0,
              false};
  } else if (*record.exit_status != 0) {
    status.status = CheckStatus::fail;
    status.detail = "run " + record.name + " ended with exit status " + std::to_string(*record.exit_status);
  } else if (!record.missing_outputs.empty()) {
    status.status = CheckStatus::fail;
    status.detail = "run " + record.name + " left nothing at \"" + record.missing_outputs.front() + "\"";
  }
  checks.push_back(status);

  Check made_with{"run-lock", CheckStatus::pass, "made with this lock and image", 0, false};
  if (record.lock_id != lock.id().tagged()) {
    made_with.status = CheckStatus::fail;
    made_with.detail =
        "run " + record.name + " was made with lock " + record.lock_id + ", this is " + lock.id().tagged();
  } else if (lock.image && record.image != lock.image->digest.tagged()) {
    made_with.status = CheckStatus::fail;
    made_with.detail = "run " + record.name + " used image " + record.image + ", the lock names " +
                       lock.image->digest.tagged();
  }
  checks.push_back(made_with);
  // A data set may be a link to where it lies; outputs were plain files when they were hashed.
  checks.push_back(files_check("run-inputs", record.inputs, folder, Links::followed));
  checks.push_back(files_check("run-outputs", record.outputs, folder, Links::refused));
  return checks;
}

Check check_replay(const RunRecord& record, const RunRecord& again) {
  Check check{"replay", CheckStatus::pass,
              std::to_string(record.outputs.size()) + " outputs are the same bytes", 0, true};
  if (again.exit_status != record.exit_status) {
    check.status = CheckStatus::fail;
    check.detail = "the replay ended with exit status " + std::to_string(again.exit_status.value_or(-1)) +
                   ", the run with " + std::to_string(record.exit_status.value_or(-1));
    return check;
  }
  if (record.outputs.empty()) {
    return {"replay", CheckStatus::skipped, "the run declared no outputs, so there is nothing to compare", 0,
            true};
  }
  std::map<std::string, Sha256> got;
  for (const auto& file : again.outputs)
    got[file.path] = file.sha256;
  std::vector<std::string> troubles;
  for (const auto& file : record.outputs) {
    const auto found = got.find(file.path);
    if (found == got.end()) {
      troubles.push_back(file.path + " was not written by the replay");
    } else {
      if (found->second != file.sha256) troubles.push_back(file.path + " came out with other bytes");
      got.erase(found);
    }
  }
  for (const auto& [path, digest] : got)
    troubles.push_back(path + " was written by the replay alone");
  if (!troubles.empty()) {
    check.status = CheckStatus::fail;
    check.detail = troubles.front() +
                   (troubles.size() > 1 ? " (and " + std::to_string(troubles.size() - 1) + " more)" : "");
  }
  return check;
}

}  // namespace mlrepro
