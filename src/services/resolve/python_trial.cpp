#include "services/resolve/python_trial.hpp"

namespace mlrepro {
namespace {

std::string key_of(const python::SimpleFile& file) {
  return file.filename + (file.sha256 ? file.sha256->hex() : "");
}

}  // namespace

bool TrialSource::over() const {
  return reads_ > most_reads || std::chrono::steady_clock::now() - start_ > most_time;
}

bool TrialSource::late() const {
  return std::chrono::steady_clock::now() - start_ > late_after;
}

void TrialSource::count(const std::string& project, const std::string& file) {
  if (!known_(project, file)) reads_ += file.empty() || file.ends_with(".whl") ? 1 : source_weight;
}

void TrialSource::page(const std::string& name, std::function<void(const ProjectPage&)> answer) {
  if (!pages_.contains(name) && wanted_pages_.insert(name).second) count(name, "");
  answers_.emplace_back([this, name, answer = std::move(answer)] { answer(pages_.at(name)); });
}

void TrialSource::metadata(const python::SimpleFile& file, std::function<void(const WheelMetadata&)> answer) {
  const std::string key = key_of(file);
  if (!metadata_.contains(key) && wanted_files_.emplace(key, file).second) count("", file.filename);
  answers_.emplace_back([this, key, answer = std::move(answer)] { answer(metadata_.at(key)); });
}

void TrialSource::wait() {
  try {
    while (!answers_.empty()) {
      if (over()) throw TrialOver{};
      for (const auto& name : std::exchange(wanted_pages_, {}))
        real_.page(name, [this, name](const ProjectPage& page) { pages_[name] = page; });
      for (const auto& [key, file] : std::exchange(wanted_files_, {}))
        real_.metadata(file, [this, key = key](const WheelMetadata& read) { metadata_[key] = read; });
      real_.wait();
      const auto now = std::exchange(answers_, {});
      for (const auto& answer : now)
        answer();
    }
  } catch (...) {
    // Who asked is gone by the next trial.
    answers_.clear();
    wanted_pages_.clear();
    wanted_files_.clear();
    throw;
  }
}

}  // namespace mlrepro
