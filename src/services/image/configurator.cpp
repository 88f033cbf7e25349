#include "services/image/configurator.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "tree/disk_sink.hpp"
#include "tree/safe_folder.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

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

Configurator::Configurator(const std::vector<UnpackedPackage>& packages, fs::path tree, fs::path log,
                           std::int64_t source_date_epoch, Progress& progress)
    : packages_(packages),
      tree_(std::move(tree)),
      room_(tree_, std::move(log), source_date_epoch),
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

void Configurator::run_preinst(std::size_t index) {
  const auto& control = packages_[index].control;
  if (packages_[index].control_file("preinst") == nullptr) return;
  // dpkg(1), "Environment for maintainer scripts".
  room_.run({"/var/lib/dpkg/info/" + control.info_name() + ".preinst", "install"},
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
  room_.run(arguments, {}, "configure the packages");
  const auto done = static_cast<std::uint64_t>(std::count(configured_.begin(), configured_.end(), true));
  progress_.update("configure", done, packages_.size(), Unit::items);
}

void Configurator::configure(const std::function<void(bool last)>& settle) {
  room_.enter();
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
  room_.run(rest, {}, "run what triggers left to do");
  room_.leave();
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
