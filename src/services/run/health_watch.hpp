// [run.healthcheck]: asks a run how it is while it goes on, as docker does.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "documents/config/manifest.hpp"
#include "documents/record/run_record.hpp"

namespace mlrepro {

class HealthWatch {
 public:
  // Asks from a thread of its own until this object ends; `prefix` starts a command in the container. The
  // first check comes after one interval. `changed` is called from that thread when the state is another one;
  // it may throw nothing.
  HealthWatch(const HealthConfig& config, std::vector<std::string> prefix,
              std::function<void(const RecordedHealth& health)> changed);
  HealthWatch(const HealthWatch&) = delete;
  HealthWatch& operator=(const HealthWatch&) = delete;
  ~HealthWatch();

  // Ends the asking. How it was.
  [[nodiscard]] RecordedHealth end();

 private:
  void watch();
  [[nodiscard]] bool wait(double seconds);
  void judge(const std::string& trouble, double since_start);

  const HealthConfig& config_;
  std::vector<std::string> words_;
  std::function<void(const RecordedHealth& health)> changed_;
  RecordedHealth health_{"starting", 0, 0, ""};
  unsigned in_a_row_ = 0;
  bool ending_ = false;
  std::mutex mutex_;
  std::condition_variable ends_;
  std::thread thread_;
};

}  // namespace mlrepro
