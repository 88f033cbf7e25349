#include "services/image/path_ledger.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace mlrepro {
namespace {

[[noreturn]] void both_kinds(const std::string& path) {
  throw Error(ErrorKind::input, "file-conflict",
              "/" + path + " is a folder in one package and a file or link in another");
}

}  // namespace

std::string PathLedger::claim_file(const std::string& path, std::size_t package, std::int64_t mtime,
                                   const std::string& suffix) {
  const std::scoped_lock guard(mutex_);
  if (directories_.contains(path)) both_kinds(path);
  const auto [known, fresh] = files_.try_emplace(path, File{package, mtime, suffix});
  if (fresh) return {};
  auto& contenders = contests_[path];
  if (contenders.empty()) contenders.push_back({known->second.package, {}, known->second.mtime});
  for (const auto& contender : contenders) {
    if (contender.package == package) {
      throw Error(ErrorKind::input, "bad-path", "refusing the path \"" + path + "\": it is there twice");
    }
  }
  contenders.push_back({package, std::to_string(aside_count_++), mtime});
  return contenders.back().aside;
}

void PathLedger::claim_directory(const TreeEntry& entry, std::size_t package, std::size_t rank) {
  const std::scoped_lock guard(mutex_);
  if (files_.contains(entry.path)) both_kinds(entry.path);
  const auto [known, fresh] = directories_.try_emplace(entry.path, Directory{entry, package, rank});
  if (!fresh && rank < known->second.rank) known->second = {entry, package, rank};
}

PathLedger::Location PathLedger::locate(const std::string& path, std::size_t package) const {
  const std::scoped_lock guard(mutex_);
  if (const auto contest = contests_.find(path); contest != contests_.end()) {
    for (const auto& contender : contest->second) {
      if (contender.package == package && !contender.aside.empty()) return {contender.aside, true};
    }
  }
  const auto known = files_.find(path);
  if (known == files_.end() || known->second.package != package) {
    throw Error(ErrorKind::input, "bad-path",
                "refusing a hard link to \"" + path + "\": the package has no such file before it");
  }
  return {path + known->second.suffix, false};
}

std::vector<TreeEntry> PathLedger::directories() const {
  std::vector<TreeEntry> entries;
  entries.reserve(directories_.size());
  for (const auto& [path, directory] : directories_)
    entries.push_back(directory.entry);
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return entries;
}

std::string PathLedger::suffix_of(const std::string& path) const {
  const auto known = files_.find(path);
  return known == files_.end() ? std::string() : known->second.suffix;
}

const std::int64_t* PathLedger::mtime_of(const std::string& path) const {
  const auto known = files_.find(path);
  return known == files_.end() ? nullptr : &known->second.mtime;
}

std::size_t PathLedger::owner_of(const std::string& path) const {
  const auto known = files_.find(path);
  return known == files_.end() ? npos : known->second.package;
}

void PathLedger::set_owner(const std::string& path, const Contender& winner) {
  auto& file = files_.at(path);
  file.package = winner.package;
  file.mtime = winner.mtime;
}

void PathLedger::forget(const std::string& path) {
  files_.erase(path);
}

}  // namespace mlrepro
