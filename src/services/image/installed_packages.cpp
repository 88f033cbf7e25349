#include "services/image/installed_packages.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "base/error.hpp"
#include "base/text.hpp"
#include "standards/deb/control.hpp"
#include "standards/deb/relation.hpp"

namespace mlrepro {
namespace {

constexpr std::array<std::string_view, 13> fields_of_choice = {
    "Package",     "Version", "Architecture", "Multi-Arch", "Essential", "Important", "Priority",
    "Pre-Depends", "Depends", "Conflicts",    "Breaks",     "Provides",  "Protected"};

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::input, "bad-base", "the dpkg status of the base image is wrong: " + why,
              "take an image whose packages are all installed");
}

// dpkg(1): the third word is the state.
bool is_installed(const deb::Stanza& stanza) {
  const auto words = split_words(stanza.get("Status"));
  const std::string package(stanza.get("Package"));
  if (words.size() != 3) refuse("the package \"" + package + "\" has no Status");
  const auto state = words[2];
  if (state == "not-installed" || state == "config-files") return false;
  if (state != "installed" && state != "triggers-awaited" && state != "triggers-pending")
    refuse("the package \"" + package + "\" is " + std::string(state));
  return true;
}

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

InstalledPackages parse_installed(std::string_view status) {
  InstalledPackages installed;
  deb::ControlReader reader(status, "the base image's var/lib/dpkg/status");
  deb::Stanza stanza;
  while (reader.next(stanza)) {
    if (!is_installed(stanza)) continue;
    BasePackage package{std::string(stanza.get("Package")),
                        std::string(stanza.get("Version")),
                        std::string(stanza.get("Architecture")),
                        false,
                        {}};
    if (!deb::is_package_name(package.name) || !is_word(package.version) || !is_word(package.architecture))
      refuse("\"" + package.name + "\" has no valid name, version or architecture");
    for (const auto field : fields_of_choice) {
      const auto value = stanza.find(field);
      if (!value || value->empty()) continue;
      std::string line(*value);
      std::replace(line.begin(), line.end(), '\n', ' ');
      installed.stanzas.append(field).append(": ").append(line).append("\n");
    }
    installed.stanzas += '\n';
    installed.packages.push_back(std::move(package));
  }
  const auto key = [](const BasePackage& package) {
    return std::tie(package.name, package.version, package.architecture);
  };
  std::sort(installed.packages.begin(), installed.packages.end(),
            [&](const auto& a, const auto& b) { return key(a) < key(b); });
  const auto twice = std::adjacent_find(
      installed.packages.begin(), installed.packages.end(),
      [](const auto& a, const auto& b) { return a.name == b.name && a.architecture == b.architecture; });
  if (twice != installed.packages.end()) refuse("the package " + twice->name + " is there twice");
  return installed;
}

}  // namespace mlrepro
