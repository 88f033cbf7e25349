// What bwrap tells while it runs (--json-status-fd): a JSON document a line, the first of which has the first
// process of the container as we know it, a later one the exit code of what was started alone.
#pragma once

#include <sys/types.h>

#include <string>

namespace mlrepro {

class BubblewrapStatus {
 public:
  // Reads what came from `fd`. Whether more may come.
  [[nodiscard]] bool hear(int fd);

  [[nodiscard]] pid_t first_process() const { return first_process_; }  // -1: not told yet
  // Whether the command was started, and has ended.
  [[nodiscard]] bool command_ended() const { return text_.find("\"exit-code\"") != std::string::npos; }

 private:
  void find_first_process();
  std::string text_;
  pid_t first_process_ = -1;
};

}  // namespace mlrepro
