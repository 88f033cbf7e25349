// What a person sees: answers on standard output, progress and diagnostics on standard error.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "base/error.hpp"
#include "base/progress.hpp"
#include "commands/answer.hpp"

namespace mlrepro {

enum class ColorMode { automatic, always, never };
enum class ProgressMode { automatic, plain, none };

struct TerminalOptions {
  ColorMode color = ColorMode::automatic;
  ProgressMode progress = ProgressMode::automatic;
  bool quiet = false;
  bool verbose = false;
  bool json = false;
};

// Bars on a terminal, a line a phase elsewhere. update() throws Error(interrupted) on the thread that made
// the terminal once SIGINT or SIGTERM has come, so that long work unwinds and cleans up; a second signal ends
// the process at once.
class Terminal final : public Progress, public Answer {
 public:
  explicit Terminal(const TerminalOptions& options);
  ~Terminal() override;
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void update(std::string_view phase, std::uint64_t done, std::uint64_t total, Unit unit) override;
  void finish(std::string_view phase) override;
  void warning(std::string_view text) override;
  void note(std::string_view text) override;

  [[nodiscard]] bool wants_document() const override { return options_.json; }
  void line(std::string_view text, Tone tone) override;
  void table(const std::vector<std::vector<std::string>>& rows) override;
  void document(const Json& json) override;

  // The message on standard error; with --json also the document of kind "error".
  void error(const Error& error);

 private:
  struct Phase {
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    Unit unit = Unit::items;
    std::chrono::steady_clock::time_point started;
  };
  void clear_bars();
  void draw_bars();
  void diagnostic(std::string_view label, Tone tone, std::string_view text);

  TerminalOptions options_;
  bool color_out_ = false;
  bool color_err_ = false;
  bool bars_ = false;
  std::thread::id owner_;
  std::mutex mutex_;
  std::map<std::string, Phase, std::less<>> phases_;
  std::size_t drawn_ = 0;
  std::chrono::steady_clock::time_point last_draw_;
};

// SIGINT and SIGTERM ask for a stop, seen by Terminal::update; a second one has the default effect.
void watch_signals();

}  // namespace mlrepro
