#include "base/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace mlrepro {

void run_parallel(std::size_t count, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  std::map<std::size_t, std::exception_ptr> troubles;
  const auto loop = [&] {
    for (std::size_t i = next++; i < count && !failed; i = next++) {
      try {
        work(i);
      } catch (...) {
        failed = true;
        const std::scoped_lock guard(mutex);
        troubles.emplace(i, std::current_exception());
      }
    }
  };
  const std::size_t threads =
      std::min<std::size_t>(count, std::clamp(std::thread::hardware_concurrency(), 2U, 32U));
  {
    std::vector<std::jthread> workers;
    for (std::size_t i = 1; i < threads; ++i)
      workers.emplace_back(loop);
    loop();
  }
  if (!troubles.empty()) std::rethrow_exception(troubles.begin()->second);
}

}  // namespace mlrepro
