// Ends a container whose runner is killed: its first process may ignore every signal but SIGKILL, which no
// runtime passes on.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "base/pipe.hpp"

namespace mlrepro {

class DeathWatch {
 public:
  // Watches from a process of its own until this object ends. `pid_file` is where the runtime writes the
  // container's first process.
  explicit DeathWatch(const std::filesystem::path& pid_file);
  DeathWatch(const DeathWatch&) = delete;
  DeathWatch& operator=(const DeathWatch&) = delete;
  ~DeathWatch();

 private:
  [[noreturn]] void watch() const;

  std::string pid_file_;
  Pipe life_;
  pid_t watcher_ = -1;
};

}  // namespace mlrepro
