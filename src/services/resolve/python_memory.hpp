// Sees what an answer rests on while the resolver reads it, and answers the same question from what was kept.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/resolve/kept_solution.hpp"
#include "services/resolve/python_source.hpp"

namespace mlrepro {

class WitnessedSource final : public PythonSource {
 public:
  explicit WitnessedSource(PythonSource& real) : real_(real) {}
  void page(const std::string& name, std::function<void(const ProjectPage&)> answer) override;
  void metadata(const python::SimpleFile& file, std::function<void(const WheelMetadata&)> answer) override;
  void identify(const python::SimpleFile& file,
                std::function<void(const Sha256&, std::uint64_t)> answer) override;
  void wait() override { real_.wait(); }

  // Absent where the answer hangs on more than pages and files that they name by digest: on a file that was
  // not there.
  [[nodiscard]] std::optional<std::vector<PageRead>> pages() const;

 private:
  PythonSource& real_;
  std::map<std::string, std::vector<std::uint64_t>> pages_;
  bool lasts_ = true;
};

class WitnessedProgress final : public Progress {
 public:
  explicit WitnessedProgress(Progress& real) : real_(real) {}
  void update(std::string_view phase, std::uint64_t done, std::uint64_t total, Unit unit) override {
    real_.update(phase, done, total, unit);
  }
  void finish(std::string_view phase) override { real_.finish(phase); }
  void warning(std::string_view text) override {
    lines_.push_back({true, std::string(text)});
    real_.warning(text);
  }
  void note(std::string_view text) override {
    lines_.push_back({false, std::string(text)});
    real_.note(text);
  }
  [[nodiscard]] const std::vector<SaidLine>& lines() const noexcept { return lines_; }

 private:
  Progress& real_;
  std::vector<SaidLine> lines_;
};

// What two answers rest on together; absent where one rests on more than pages, or a page changed between.
[[nodiscard]] std::optional<std::vector<PageRead>> both(const std::optional<std::vector<PageRead>>& one,
                                                        const std::optional<std::vector<PageRead>>& other);

// Asks for all the pages of a kept answer at once; the answer, and what was said with it, where they tell
// what they told.
[[nodiscard]] std::optional<PythonSolution> again(const KeptSolution& kept, PythonSource& source,
                                                  Progress& progress);

}  // namespace mlrepro
