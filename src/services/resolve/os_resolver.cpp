#include "services/resolve/os_resolver.hpp"

#include <map>
#include <set>
#include <utility>

#include "adapters/solv/debian_solver.hpp"
#include "services/index/index_cache.hpp"
#include "services/resolve/kept_solution.hpp"
#include "services/resolve/os_conflict.hpp"
#include "services/resolve/os_suggestion.hpp"
#include "services/resolve/os_wish.hpp"

namespace mlrepro {
namespace {

OsPackage locked(DebianPackage&& package, const PackagesFile& file) {
  OsPackage out;
  out.name = std::move(package.name);
  out.version = std::move(package.version);
  out.architecture = std::move(package.architecture);
  out.source = file.source;
  out.path = std::move(package.path);
  out.size = package.size;
  out.sha256 = package.sha256;
  out.requested = !package.wishes.empty();
  out.essential = package.essential;
  out.required_by = std::move(package.required_by);
  return out;
}

}  // namespace

OsRequest os_request(const OsConfig& os, const std::string& architecture) {
  OsRequest request;
  request.architecture = architecture;
  request.base = os.base;
  request.packages = os.packages;
  request.recommends = os.recommends;
  request.recommends_of = os.recommends_of;
  request.exclude = os.exclude;
  request.pins = os.pins;
  return request;
}

namespace {

OsSolution split_by_place(DebianChoice&& choice, const OsRequest& request) {
  const std::size_t before = request.installed ? 1 : 0;
  std::set<std::string> own;
  for (const auto& package : choice.packages)
    if (package.file >= before) own.insert(package.name);
  OsSolution solution;
  for (auto& package : choice.packages) {
    if (package.file >= before) {
      const auto& file = request.files[package.file - before];
      solution.packages.push_back(locked(std::move(package), file));
      continue;
    }
    std::erase_if(package.required_by, [&](const std::string& name) { return !own.contains(name); });
    if (package.wishes.empty() && package.required_by.empty()) continue;
    solution.of_base.push_back({std::move(package.name), std::move(package.version),
                                std::move(package.architecture), !package.wishes.empty(),
                                std::move(package.required_by)});
  }
  return solution;
}

std::variant<OsSolution, Conflict> solve_anew(const OsRequest& request) {
  std::vector<OsWish> wishes;
  DebianSolveRequest task;
  for (const auto& text : request.packages) {
    auto wish = parse_os_wish(text, request.architecture);
    if (wish.alternatives.empty()) continue;
    task.wishes.push_back(wish.alternatives);
    wishes.push_back(std::move(wish));
  }
  task.minbase = request.base == "minbase";
  task.recommends = request.recommends;
  task.recommends_of = request.recommends_of;
  task.excluded = request.exclude;
  task.pins = request.pins;
  task.preferred = request.preferred;
  task.first_is_installed = request.installed.has_value();

  std::vector<DebianIndexFile> files;
  if (request.installed) files.push_back({request.installed->path, request.installed->sha256, {}});
  for (const auto& file : request.files)
    files.push_back({file.path, file.locked.sha256, file.release});
  DebianPool pool(files, request.architecture, request.cache);
  const std::string archive = request.files.empty() ? "any index" : request.files.front().source;

  std::map<std::string, ConflictEntry> refused;  // by the wish's text, so that their order has no part in it
  for (const auto& wish : wishes) {
    if (!wish.foreign.empty()) refused.emplace(wish.text, foreign_architecture(wish, request.architecture));
    if (auto entry = ambiguous(wish, pool, archive)) refused.emplace(wish.text, std::move(*entry));
  }
  if (!refused.empty()) {
    Conflict conflict;
    for (auto& [text, entry] : refused)
      conflict.conflicts.push_back(std::move(entry));
    return conflict;
  }

  auto answer = pool.solve(task);
  if (const auto* failure = std::get_if<DebianFailure>(&answer)) {
    OsTrials trials(pool, task, wishes);
    const DebianFailure least = trials.minimal(*failure);
    Conflict conflict = os_conflict(least, wishes, pool, archive, task.first_is_installed);
    trials.suggest(conflict, least);
    return conflict;
  }
  return split_by_place(std::move(std::get<DebianChoice>(answer)), request);
}

}  // namespace

std::variant<OsSolution, Conflict> resolve_os(const OsRequest& request) {
  const IndexCache answers(request.cache / "answers");
  const std::string key = solution_key(request, solving_build());
  if (const auto found = key.empty() ? std::nullopt : answers.find(key)) {
    if (auto kept = parse_kept_packages(found->text)) return std::move(*kept);
  }
  auto answer = solve_anew(request);
  const auto* solution = std::get_if<OsSolution>(&answer);
  if (solution != nullptr && !key.empty()) answers.keep(key, render_kept_packages(*solution));
  return answer;
}

}  // namespace mlrepro
