#include "services/run/health_watch.hpp"

#include <chrono>

#include "base/error.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "standards/python/foreign_text.hpp"

namespace mlrepro {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t longest_answer = 4096;  // docker's

// What is wrong; empty: nothing.
std::string trouble_of(const ProcessResult& result) {
  if (result.timed_out) return "it took longer than its timeout";
  if (result.exit_status == 0) return "";
  std::string said(trim(result.output + result.errors));
  if (said.size() > longest_answer) said.resize(longest_answer);
  return "exit status " + std::to_string(result.exit_status) +
         (said.empty() ? "" : ": " + python::as_utf8(said));
}

}  // namespace

HealthWatch::HealthWatch(const HealthConfig& config, std::vector<std::string> prefix,
                         std::function<void(const RecordedHealth& health)> changed)
    : config_(config), words_(std::move(prefix)), changed_(std::move(changed)) {
  words_.insert(words_.end(), config.command.begin(), config.command.end());
  thread_ = std::thread([this] { watch(); });
}

HealthWatch::~HealthWatch() {
  (void)end();
}

RecordedHealth HealthWatch::end() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ends_.notify_all();
  if (thread_.joinable()) thread_.join();
  return health_;
}

// Whether to go on after so long.
bool HealthWatch::wait(double seconds) {
  std::unique_lock lock(mutex_);
  return !ends_.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return ending_; });
}

void HealthWatch::watch() {
  const auto started = Clock::now();
  while (wait(config_.interval)) {
    Command command;
    command.arguments = words_;
    command.timeout_seconds = config_.timeout;
    const double since_start = std::chrono::duration<double>(Clock::now() - started).count();
    std::string trouble;
    try {
      trouble = trouble_of(run_process(command));
    } catch (const Error& error) {
      trouble = error.message();
    }
    // One that ended with the run itself says nothing, and may be heard of before the run's end is.
    if (!wait(trouble.empty() ? 0 : 0.2)) return;
    judge(trouble, since_start);
  }
}

void HealthWatch::judge(const std::string& trouble, double since_start) {
  const std::string before = health_.state;
  ++health_.checks;
  if (trouble.empty()) {
    in_a_row_ = 0;
    health_.state = "healthy";
  } else {
    ++health_.failures;
    health_.last = trouble;
    const bool counts = health_.state != "starting" || since_start >= config_.start_period;
    if (counts && ++in_a_row_ >= config_.retries) health_.state = "unhealthy";
  }
  if (health_.state != before) changed_(health_);
}

}  // namespace mlrepro
