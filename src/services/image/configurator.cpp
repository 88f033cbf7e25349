#include "services/image/configurator.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "adapters/sandbox/room.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "services/image/wheel_layout.hpp"
#include "tree/disk_sink.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

struct RoomFile {
  std::string_view path;
  std::uint32_t mode;
  std::string_view text;
};

// What scripts find while packages are configured, where no package brings it, and the image does not have.
constexpr std::array<RoomFile, 3> room_files{{
    // invoke-rc.d's contract: 101 forbids the action.
    {"usr/sbin/policy-rc.d", 0755, "#!/bin/sh\nexit 101\n"},
    // Mail servers cannot be configured without a full name of the machine, the room's here.
    {"etc/hosts", 0644,
     "127.0.0.1 localhost\n127.0.1.1 mlrepro.localdomain mlrepro\n::1 localhost ip6-localhost "
     "ip6-loopback\n"},
    {"etc/hostname", 0644, "mlrepro\n"},
}};

// Returns those that were made.
std::vector<RoomFile> add_room_files(const fs::path& tree, SafeFolder& folder) {
  std::vector<RoomFile> made;
  for (const auto& file : room_files) {
    if (folder.status(file.path)) continue;
    TreeEntry entry;
    entry.path = std::string(file.path);
    entry.mode = file.mode;
    entry.size = file.text.size();
    DiskSink(tree).add(entry, [&](const auto& piece) { piece(file.text); });
    made.push_back(file);
  }
  return made;
}

// A script may have changed one into a file of its own.
void remove_room_files(const std::vector<RoomFile>& files, SafeFolder& folder) {
  for (const auto& file : files) {
    const auto info = folder.status(file.path);
    if (info && static_cast<std::size_t>(info->st_size) == file.text.size() &&
        folder.read(file.path, file.text.size()) == file.text)
      folder.remove(file.path);
  }
}

// Which package dpkg's last error line names: "dpkg: error processing package NAME (--configure):".
std::string failed_package(std::string_view log) {
  static constexpr std::string_view mark = "error processing package ";
  const auto at = log.rfind(mark);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = log.substr(at + mark.size());
  return std::string(rest.substr(0, rest.find_first_of(" \n")));
}

const std::vector<std::string> dpkg_configure{"/usr/bin/dpkg", "--force-confdef", "--force-confold",
                                              "--configure"};

std::vector<const PackageControl*> controls_of(const std::vector<UnpackedPackage>& packages) {
  std::vector<const PackageControl*> controls;
  for (const auto& package : packages)
    controls.push_back(&package.control);
  return controls;
}

std::string account_id(std::string_view database, std::string_view name) {
  if (name.starts_with('#')) return std::string(name.substr(1));
  for (const auto line : split(database, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() > 2 && fields[0] == name) return std::string(fields[2]);
  }
  return {};
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

Configurator::Configurator(const std::vector<UnpackedPackage>& packages, fs::path tree, fs::path log,
                           std::int64_t source_date_epoch, Progress& progress)
    : packages_(packages),
      tree_(std::move(tree)),
      log_(std::move(log)),
      environment_(room_environment(source_date_epoch)),
      graph_(controls_of(packages)),
      configured_(packages.size()),
      progress_(progress) {
  for (const auto& package : packages_) {
    if (package.control.package == "dpkg") dpkg_version_ = package.control.version;
  }
  if (dpkg_version_.empty()) {
    throw Error(ErrorKind::input, "no-dpkg",
                "the lock has no package dpkg, without which no package can be configured",
                "set base = \"essential\" in [os] and lock again");
  }
}

void Configurator::fail(const std::string& what, int status) const {
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

void Configurator::run(const std::vector<std::string>& arguments, std::vector<std::string> environment,
                       const std::string& what) {
  environment.insert(environment.end(), environment_.begin(), environment_.end());
  const int status = run_in_room({tree_, arguments, environment, {}, log_});
  if (status != 0) fail(what, status);
}

void Configurator::run_preinst(std::size_t index) {
  const auto& control = packages_[index].control;
  if (packages_[index].control_file("preinst") == nullptr) return;
  // dpkg(1), "Environment for maintainer scripts".
  run({"/var/lib/dpkg/info/" + control.info_name() + ".preinst", "install"},
      {"DPKG_ADMINDIR=/var/lib/dpkg", "DPKG_FORCE=confdef,confold",
       "DPKG_MAINTSCRIPT_ARCH=" + control.architecture, "DPKG_MAINTSCRIPT_DEBUG=0",
       "DPKG_MAINTSCRIPT_NAME=preinst", "DPKG_MAINTSCRIPT_PACKAGE=" + control.package,
       "DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT=1", "DPKG_ROOT=", "DPKG_RUNNING_VERSION=" + dpkg_version_},
      "run the preinst of " + control.package);
}

// A preinst may have asked for another owner or mode of a file that dpkg would only have unpacked afterwards.
void Configurator::apply_stat_overrides() {
  SafeFolder folder(tree_);
  constexpr std::uint64_t most = std::uint64_t{16} << 20;
  const std::string overrides = folder.read("var/lib/dpkg/statoverride", most).value_or("");
  const std::string passwd = folder.read("etc/passwd", most).value_or("");
  const std::string group = folder.read("etc/group", most).value_or("");
  DiskSink sink(tree_);
  for (const auto line : split(overrides, '\n')) {
    const auto words = split_words(line);
    if (words.size() != 4 || !words[3].starts_with('/')) continue;
    const auto uid = parse_number(account_id(passwd, words[0]));
    const auto gid = parse_number(account_id(group, words[1]));
    TreeEntry entry;
    entry.path = merged_path(words[3].substr(1));
    const auto info = folder.status(entry.path);
    if (!uid || !gid || !info || S_ISLNK(info->st_mode)) continue;
    entry.type = S_ISDIR(info->st_mode) ? EntryType::directory : EntryType::file;
    entry.uid = static_cast<std::uint32_t>(*uid);
    entry.gid = static_cast<std::uint32_t>(*gid);
    entry.mode = static_cast<std::uint32_t>(std::strtoul(std::string(words[2]).c_str(), nullptr, 8));
    entry.mtime = info->st_mtim.tv_sec;
    sink.set_metadata(entry);
  }
}

void Configurator::configure_some(const std::vector<bool>& wanted) {
  std::vector<std::string> arguments = dpkg_configure;
  for (const std::size_t index : graph_.order()) {
    if (!wanted[index] || configured_[index]) continue;
    configured_[index] = true;
    arguments.push_back(packages_[index].control.info_name());
  }
  if (arguments.size() == dpkg_configure.size()) return;
  run(arguments, {}, "configure the packages");
  const auto done = static_cast<std::uint64_t>(std::count(configured_.begin(), configured_.end(), true));
  progress_.update("configure", done, packages_.size(), Unit::items);
}

void Configurator::configure(const std::function<void(bool last)>& settle) {
  SafeFolder folder(tree_);
  const auto own_files = add_room_files(tree_, folder);
  progress_.update("configure", 0, packages_.size(), Unit::items);
  const std::vector<bool> core = graph_.core();
  for (const std::size_t index : graph_.order()) {
    if (core[index]) run_preinst(index);
  }
  settle(false);
  apply_stat_overrides();
  configure_some(core);
  for (const std::size_t index : graph_.order()) {
    if (core[index] || packages_[index].control_file("preinst") == nullptr) continue;
    configure_some(graph_.pre_needed(index));
    run_preinst(index);
  }
  settle(true);
  apply_stat_overrides();
  configure_some(std::vector<bool>(packages_.size(), true));
  std::vector<std::string> rest = dpkg_configure;
  rest.emplace_back("-a");
  run(rest, {}, "run what triggers left to do");
  remove_room_files(own_files, folder);
  check_installed();
  progress_.finish("configure");
}

// An exit status proves little: what dpkg wrote down does.
void Configurator::check_installed() {
  SafeFolder folder(tree_);
  const std::string status = folder.read("var/lib/dpkg/status", std::uint64_t{1} << 30).value_or("");
  std::size_t installed = 0;
  std::string package;
  for (const auto line : split(status, '\n')) {
    if (line.starts_with("Package: ")) package = std::string(line.substr(9));
    if (!line.starts_with("Status: ")) continue;
    if (line != "Status: install ok installed") {
      throw Error(ErrorKind::input, "configure-failed",
                  "the package " + package + " was not configured: its state is \"" +
                      std::string(line.substr(8)) + "\"");
    }
    ++installed;
  }
  if (installed != packages_.size()) {
    throw Error(ErrorKind::input, "configure-failed",
                "dpkg knows " + std::to_string(installed) + " packages after configuring, not " +
                    std::to_string(packages_.size()));
  }
}

}  // namespace mlrepro
