// Where maintainer scripts and dpkg run: the closed room, with what they expect to find of a machine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tree/safe_folder.hpp"

namespace mlrepro {

// What every command in the room gets: the same on every machine.
[[nodiscard]] std::vector<std::string> room_environment(std::int64_t source_date_epoch);

// The last lines of a log, `most` bytes at most.
[[nodiscard]] std::string log_tail(const std::filesystem::path& log, std::size_t most);

struct RoomFile {  // what scripts find where no package brings it, and the image does not have
  std::string_view path;
  std::uint32_t mode;
  std::string_view text;
};

class MaintainerRoom {
 public:
  // Output goes to `log`, which lies in a folder of the build's own.
  MaintainerRoom(std::filesystem::path tree, std::filesystem::path log, std::int64_t source_date_epoch);

  // Puts a policy-rc.d there that starts no service, and names for the machine.
  void enter();
  // `environment` comes before that of the room. Throws Error(input, "configure-failed") with the end of the
  // log where the status is not 0, "cannot `what`".
  void run(const std::vector<std::string>& arguments, std::vector<std::string> environment,
           const std::string& what);
  // Takes away what enter() put there.
  void leave();

 private:
  [[noreturn]] void fail(const std::string& what, int status) const;

  std::filesystem::path tree_;
  std::filesystem::path log_;
  std::vector<std::string> environment_;
  std::vector<RoomFile> own_files_;
};

}  // namespace mlrepro
