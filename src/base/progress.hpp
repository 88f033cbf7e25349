// How long work tells what it does. Services report here; cli/terminal draws. Safe to call from any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace mlrepro {

enum class Unit { items, bytes };

class Progress {
 public:
  virtual ~Progress() = default;
  // `done` of `total` (0: not known) in `phase` ("download", "unpack"). The first call of a phase begins it.
  virtual void update(std::string_view phase, std::uint64_t done, std::uint64_t total, Unit unit) = 0;
  virtual void finish(std::string_view phase) = 0;
  // A line that stays: a warning names what is wrong and what follows from it; a note is a step worth a line.
  virtual void warning(std::string_view text) = 0;
  virtual void note(std::string_view text) = 0;
};

// Swallows everything.
class NoProgress final : public Progress {
 public:
  void update(std::string_view, std::uint64_t, std::uint64_t, Unit) override {}
  void finish(std::string_view) override {}
  void warning(std::string_view) override {}
  void note(std::string_view) override {}
};

}  // namespace mlrepro
