#include "services/resolve/python_memory.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace mlrepro {

void WitnessedSource::page(const std::string& name, std::function<void(const ProjectPage&)> answer) {
  real_.page(name, [this, name, answer = std::move(answer)](const ProjectPage& page) {
    pages_[name] = page.marks;
    answer(page);
  });
}

void WitnessedSource::metadata(const python::SimpleFile& file,
                               std::function<void(const WheelMetadata&)> answer) {
  if (!file.sha256) lasts_ = false;
  real_.metadata(file, [this, answer = std::move(answer)](const WheelMetadata& metadata) {
    if (!metadata.unusable.empty()) lasts_ = false;
    answer(metadata);
  });
}

void WitnessedSource::identify(const python::SimpleFile& file,
                               std::function<void(const Sha256&, std::uint64_t)> answer) {
  if (!file.sha256) lasts_ = false;
  real_.identify(file, std::move(answer));
}

std::optional<std::vector<PageRead>> WitnessedSource::pages() const {
  if (!lasts_) return std::nullopt;
  std::vector<PageRead> out;
  for (const auto& [project, marks] : pages_)
    out.push_back({project, marks});
  return out;
}

std::optional<std::vector<PageRead>> both(const std::optional<std::vector<PageRead>>& one,
                                          const std::optional<std::vector<PageRead>>& other) {
  if (!one || !other) return std::nullopt;
  std::map<std::string, std::vector<std::uint64_t>> all;
  for (const auto* pages : {&*one, &*other}) {
    for (const auto& page : *pages) {
      if (all.emplace(page.project, page.marks).first->second != page.marks) return std::nullopt;
    }
  }
  std::vector<PageRead> out;
  for (auto& [project, marks] : all)
    out.push_back({project, std::move(marks)});
  return out;
}

std::optional<PythonSolution> again(const KeptSolution& kept, PythonSource& source, Progress& progress) {
  bool same = true;
  for (const auto& read : kept.pages) {
    if (source.is_known_to_stand(read.project, read.marks)) continue;
    source.page(read.project, [&](const ProjectPage& page) { same = same && page.marks == read.marks; });
  }
  try {
    source.wait();
  } catch (const Error&) {
    return std::nullopt;  // of a page that the answer of today may not want
  }
  if (!same) return std::nullopt;
  for (const auto& line : kept.lines)
    line.is_warning ? progress.warning(line.text) : progress.note(line.text);
  return kept.solution;
}

}  // namespace mlrepro
