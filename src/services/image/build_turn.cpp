#include "services/image/build_turn.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "base/error.hpp"
#include "base/file.hpp"
#include "store/cache_names.hpp"

namespace mlrepro {
namespace {

constexpr std::size_t most_text = std::size_t{16} << 20;

// What another process wrote; absent where it came to nothing.
std::optional<ImageSection> section_in(int fd) {
  std::string text;
  read_chunks(fd, "the other build", [&](std::string_view piece) {
    if (text.size() <= most_text) text.append(piece);
  });
  if (text.empty() || text.size() > most_text) return std::nullopt;
  try {
    return parse_lockfile(text, "the other build").image;
  } catch (const Error&) {
    return std::nullopt;  // it was killed while it wrote
  }
}

}  // namespace

BuildTurn::BuildTurn(const Lockfile& lock, const std::filesystem::path& images, Progress& progress)
    : path_(images / (std::string(cache_names::turn_prefix) + lock.id().hex())) {
  make_directories(images);
  fd_ = open_file(path_, O_RDWR | O_CREAT, 0644);
  bool waited = false;
  while (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) {
      fd_.reset();
      return;
    }
    if (!std::exchange(waited, true)) progress.note("waiting for another build of this lock");
    progress.update("wait", 0, 0, Unit::items);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  if (!waited) return;
  progress.finish("wait");
  made_meanwhile_ = section_in(fd_.get());
}

BuildTurn::~BuildTurn() {
  if (fd_.valid()) ::unlink(path_.c_str());
}

void BuildTurn::made(const ImageSection& image) const noexcept {
  if (!fd_.valid()) return;
  try {
    Lockfile text;
    text.image = image;
    if (::ftruncate(fd_.get(), 0) == 0 && ::lseek(fd_.get(), 0, SEEK_SET) == 0)
      write_all(fd_.get(), render_lockfile(text), path_.string());
  } catch (...) {
    (void)!::ftruncate(fd_.get(), 0);
  }
}

}  // namespace mlrepro
