#include "services/image/maintainer_room.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "adapters/sandbox/room.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "services/image/wheel_layout.hpp"
#include "tree/disk_sink.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::array<RoomFile, 3> room_files{{
    // invoke-rc.d's contract: 101 forbids the action.
    {"usr/sbin/policy-rc.d", 0755, "#!/bin/sh\nexit 101\n"},
    // Mail servers cannot be configured without a full name of the machine, the room's here.
    {"etc/hosts", 0644,
     "127.0.0.1 localhost\n127.0.1.1 mlrepro.localdomain mlrepro\n::1 localhost ip6-localhost "
     "ip6-loopback\n"},
    {"etc/hostname", 0644, "mlrepro\n"},
}};

// Which package dpkg's last error line names: "dpkg: error processing package NAME (--configure):".
std::string failed_package(std::string_view log) {
  static constexpr std::string_view mark = "error processing package ";
  const auto at = log.rfind(mark);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = log.substr(at + mark.size());
  return std::string(rest.substr(0, rest.find_first_of(" \n")));
}

}  // namespace

std::string log_tail(const fs::path& log, std::size_t most) {
  const UniqueFd fd(::open(log.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (!fd.valid() || ::fstat(fd.get(), &info) != 0) return {};
  const auto size = static_cast<std::size_t>(info.st_size);
  std::string text(std::min(size, most), '\0');
  const ssize_t got = ::pread(fd.get(), text.data(), text.size(), static_cast<off_t>(size - text.size()));
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  if (size > most) text.erase(0, std::min(text.find('\n'), text.size() - 1) + 1);
  return text;
}

std::vector<std::string> room_environment(std::int64_t source_date_epoch) {
  return {"DEBCONF_NONINTERACTIVE_SEEN=true",
          "DEBIAN_FRONTEND=noninteractive",
          "FORCE_SOURCE_DATE=1",  // TeX's formats take SOURCE_DATE_EPOCH only with it
          "HOME=/root",
          "LC_ALL=C.UTF-8",
          "PATH=" + std::string(search_path),
          "PERL_HASH_SEED=0",
          "PYTHONHASHSEED=0",
          "SHELL=/bin/sh",
          "SOURCE_DATE_EPOCH=" + std::to_string(source_date_epoch),
          "TERM=dumb",
          "TZ=UTC"};
}

MaintainerRoom::MaintainerRoom(fs::path tree, fs::path log, std::int64_t source_date_epoch)
    : tree_(std::move(tree)), log_(std::move(log)), environment_(room_environment(source_date_epoch)) {}

void MaintainerRoom::enter() {
  SafeFolder folder(tree_);
  for (const auto& file : room_files) {
    if (folder.status(file.path)) continue;
    TreeEntry entry;
    entry.path = std::string(file.path);
    entry.mode = file.mode;
    entry.size = file.text.size();
    DiskSink(tree_).add(entry, [&](const auto& piece) { piece(file.text); });
    own_files_.push_back(file);
  }
}

// A script may have changed one into a file of its own.
void MaintainerRoom::leave() {
  SafeFolder folder(tree_);
  for (const auto& file : own_files_) {
    const auto info = folder.status(file.path);
    if (info && static_cast<std::size_t>(info->st_size) == file.text.size() &&
        folder.read(file.path, file.text.size()) == file.text)
      folder.remove(file.path);
  }
  own_files_.clear();
}

void MaintainerRoom::run(const std::vector<std::string>& arguments, std::vector<std::string> environment,
                         const std::string& what) {
  environment.insert(environment.end(), environment_.begin(), environment_.end());
  const int status = run_in_room({tree_, arguments, environment, {}, log_});
  if (status != 0) fail(what, status);
}

void MaintainerRoom::fail(const std::string& what, int status) const {
  const std::string tail = log_tail(log_, 4000);
  if (tail.find("No space left on device") != std::string::npos) throw system_error(ENOSPC, what);
  std::string package = failed_package(tail);
  if (!package.empty()) package = ", at the package " + package;
  // The build's own folder goes, the log outlives it beside the images.
  const fs::path kept = log_.parent_path().parent_path().parent_path() / "failed-build.log";
  std::error_code ignored;
  fs::copy_file(log_, kept, fs::copy_options::overwrite_existing, ignored);
  throw Error(ErrorKind::input, "configure-failed",
              "cannot " + what + package + ": exit status " + std::to_string(status) +
                  "; the last lines were\n" + tail,
              "the whole log is " + kept.string() + "; another version of the package may help");
}

}  // namespace mlrepro
