#include "cli/terminal.hpp"

#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <vector>

#include "base/environment.hpp"

namespace mlrepro {
namespace {

using Clock = std::chrono::steady_clock;

// A handler can reach nothing but a static of this type ([support.signal]).
volatile std::sig_atomic_t stop_requested = 0;

void request_stop(int) {
  stop_requested = 1;
}

std::string_view tint(Tone tone) {
  switch (tone) {
    case Tone::good: return "\033[32m";
    case Tone::bad: return "\033[31m";
    case Tone::faint: return "\033[2m";
    case Tone::strong: return "\033[1m";
    case Tone::plain: break;
  }
  return "";
}

std::string painted(std::string_view text, Tone tone, bool color) {
  if (!color || tone == Tone::plain) return std::string(text);
  return std::string(tint(tone)) + std::string(text) + "\033[0m";
}

void put(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
}

bool colored(ColorMode mode, int fd) {
  if (mode != ColorMode::automatic) return mode == ColorMode::always;
  return !environment(env::no_color) && environment(env::term).value_or("dumb") != "dumb" &&
         ::isatty(fd) == 1;
}

std::string amount(std::uint64_t value, Unit unit) {
  if (unit == Unit::items) return std::to_string(value);
  char text[32];
  std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(value) / 1e6);
  return text;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (const char c : text)
    width += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return width;
}

unsigned terminal_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) return size.ws_col;
  return 80;
}

}  // namespace

void watch_signals() {
  struct sigaction action {};
  action.sa_handler = request_stop;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

Terminal::Terminal(const TerminalOptions& options) : options_(options), owner_(std::this_thread::get_id()) {
  color_out_ = colored(options.color, STDOUT_FILENO);
  color_err_ = colored(options.color, STDERR_FILENO);
  bars_ = options.progress == ProgressMode::automatic && !options.quiet && ::isatty(STDERR_FILENO) == 1 &&
          environment(env::term).value_or("dumb") != "dumb";
}

Terminal::~Terminal() {
  const std::lock_guard guard(mutex_);
  clear_bars();
}

void Terminal::update(std::string_view phase, std::uint64_t done, std::uint64_t total, Unit unit) {
  {
    const std::lock_guard guard(mutex_);
    auto found = phases_.find(phase);
    if (found == phases_.end())
      found = phases_.emplace(std::string(phase), Phase{0, 0, unit, Clock::now()}).first;
    found->second.done = done;
    found->second.total = total;
    found->second.unit = unit;
    if (bars_ && Clock::now() - last_draw_ > std::chrono::milliseconds(80)) {
      clear_bars();
      draw_bars();
    }
  }
  if (stop_requested != 0 && std::this_thread::get_id() == owner_) {
    throw Error(ErrorKind::interrupted, "interrupted", "stopped during " + std::string(phase) + ", as asked");
  }
}

void Terminal::finish(std::string_view phase) {
  const std::lock_guard guard(mutex_);
  const auto found = phases_.find(phase);
  if (found == phases_.end()) return;
  const Phase done = found->second;
  phases_.erase(found);
  clear_bars();
  if (options_.progress != ProgressMode::none && !options_.quiet) {
    const double seconds = std::chrono::duration<double>(Clock::now() - done.started).count();
    char took[32];
    std::snprintf(took, sizeof took, "%8.2f s", seconds);
    std::string text(phase);
    text.resize(std::max<std::size_t>(text.size(), 20), ' ');
    text += took;
    if (done.done > 0) text += "  " + amount(done.done, done.unit);
    put(stderr, painted(text, Tone::faint, color_err_) + "\n");
  }
  if (bars_) draw_bars();
}

void Terminal::clear_bars() {
  for (; drawn_ > 0; --drawn_)
    put(stderr, "\033[1A\033[2K");
}

void Terminal::draw_bars() {
  const unsigned width = terminal_width();
  for (const auto& [name, phase] : phases_) {
    const double seconds = std::chrono::duration<double>(Clock::now() - phase.started).count();
    std::string text = name;
    text.resize(std::max<std::size_t>(text.size(), 20), ' ');
    if (phase.total > 0) {
      constexpr std::size_t cells = 24;
      const double share = std::min(1.0, static_cast<double>(phase.done) / static_cast<double>(phase.total));
      const auto full = static_cast<std::size_t>(std::lround(share * cells));
      text += "[" + std::string(full, '#') + std::string(cells - full, '.') + "] ";
      text += amount(phase.done, phase.unit) + " of " + amount(phase.total, phase.unit);
      if (seconds > 0.5 && phase.done > 0) {
        const double rate = static_cast<double>(phase.done) / seconds;
        if (phase.unit == Unit::bytes)
          text += ", " + amount(static_cast<std::uint64_t>(rate), Unit::bytes) + "/s";
        const double left = static_cast<double>(phase.total - std::min(phase.done, phase.total)) / rate;
        text += ", " + std::to_string(std::lround(left)) + " s left";
      }
    } else {
      text += amount(phase.done, phase.unit);
    }
    put(stderr, text.substr(0, width - 1) + "\n");
    ++drawn_;
  }
  last_draw_ = Clock::now();
  std::fflush(stderr);
}

void Terminal::diagnostic(std::string_view label, Tone tone, std::string_view text) {
  const std::lock_guard guard(mutex_);
  clear_bars();
  put(stderr, painted(label, tone, color_err_) + std::string(text) + "\n");
  if (bars_) draw_bars();
}

void Terminal::warning(std::string_view text) {
  diagnostic("warning: ", Tone::strong, text);
}

void Terminal::note(std::string_view text) {
  if (!options_.quiet) diagnostic("", Tone::plain, text);
}

void Terminal::line(std::string_view text, Tone tone) {
  if (options_.json) return;
  const std::lock_guard guard(mutex_);
  clear_bars();
  put(stdout, painted(text, tone, color_out_) + "\n");
}

void Terminal::table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row[i]));
  }
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string text;
    for (std::size_t i = 0; i < rows[r].size(); ++i) {
      text += rows[r][i];
      if (i + 1 < rows[r].size()) text += std::string(widths[i] - display_width(rows[r][i]) + 2, ' ');
    }
    line(text, r == 0 ? Tone::strong : Tone::plain);
  }
}

void Terminal::document(const Json& json) {
  if (!options_.json) return;
  put(stdout, pretty_json(json));
  std::fflush(stdout);
}

void Terminal::error(const Error& error) {
  std::string text = error.message();
  for (const auto& frame : error.context())
    text += "\n  " + frame;
  diagnostic("error: ", Tone::bad, text);
  if (!error.hint().empty()) diagnostic("hint: ", Tone::strong, error.hint());
  Json context = Json::array();
  for (const auto& frame : error.context())
    context.push_back(frame);
  document({{"kind", "error"},
            {"version", 1},
            {"error",
             {{"code", error.code()},
              {"message", error.message()},
              {"context", context},
              {"hint", error.hint()}}}});
}

}  // namespace mlrepro
