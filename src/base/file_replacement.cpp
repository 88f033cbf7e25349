#include "base/file_replacement.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/error.hpp"
#include "base/file.hpp"

namespace mlrepro {
namespace fs = std::filesystem;

HeldDirectory folder_beside(const fs::path& path) {
  return HeldDirectory(path.parent_path(), "." + path.filename().string() + ".mlrepro");
}

void replace_file(const fs::path& path, const std::function<void(const fs::path& file)>& fill) {
  const fs::path full = fs::absolute(path).lexically_normal();
  std::error_code ignored;
  if (full.filename().empty()) {
    throw Error(ErrorKind::input, "bad-output",
                "cannot write " + path.string() + ": it names a folder, and what is written is a file",
                "leave out the slash at the end");
  }
  if (fs::is_directory(full, ignored)) {
    throw Error(ErrorKind::input, "output-exists",
                "cannot write " + path.string() + ": a folder lies there already",
                "remove it, or name another path");
  }
  const HeldDirectory temporary = folder_beside(full);
  const fs::path file = temporary.path() / "file";
  fill(file);
  const UniqueFd fd = open_file(file, O_RDONLY);
  if (::fsync(fd.get()) != 0 || ::rename(file.c_str(), full.c_str()) != 0)
    throw system_error(errno, "write " + path.string());
}

}  // namespace mlrepro
