#include "services/resolve/module_twins.hpp"

#include <array>
#include <map>
#include <string_view>
#include <utility>

#include "standards/python/name.hpp"

namespace mlrepro {
namespace {

constexpr std::string_view prefix = "python3-";

// Distributions whose module, and so whose Debian package, has another name.
constexpr std::array<std::pair<std::string_view, std::string_view>, 20> modules = {{
    {"attrs", "attr"},
    {"beautifulsoup4", "bs4"},
    {"gitpython", "git"},
    {"mysqlclient", "mysqldb"},
    {"opencv-contrib-python", "opencv"},
    {"opencv-contrib-python-headless", "opencv"},
    {"opencv-python", "opencv"},
    {"opencv-python-headless", "opencv"},
    {"pillow", "pil"},
    {"psycopg2-binary", "psycopg2"},
    {"pyjwt", "jwt"},
    {"pyopenssl", "openssl"},
    {"pyserial", "serial"},
    {"python-dateutil", "dateutil"},
    {"python-dotenv", "dotenv"},
    {"pyusb", "usb"},
    {"pyyaml", "yaml"},
    {"pyzmq", "zmq"},
    {"scikit-image", "skimage"},
    {"scikit-learn", "sklearn"},
}};

std::string module_of(const std::string& distribution) {
  for (const auto& [name, module] : modules) {
    if (name == distribution) return std::string(module);
  }
  return distribution;
}

}  // namespace

std::vector<ModuleTwin> module_twins(const Lockfile& lock) {
  std::vector<ModuleTwin> twins;
  if (!lock.os || !lock.python) return twins;
  std::map<std::string, std::string> packages;  // by module: name and version
  for (const auto& [name, version] : lock.os->installed()) {
    if (name.starts_with(prefix))
      packages.emplace(python::normalise_name(name.substr(prefix.size())), name + " " + version);
  }
  for (const auto& wheel : lock.python->packages) {
    const std::string module = module_of(wheel.name);
    const auto found = packages.find(module);
    if (found == packages.end()) continue;
    ModuleTwin twin;
    twin.os_package = found->second;
    twin.python = wheel.name + " " + wheel.version;
    twin.words = "the Python module " + module + " comes twice: from the OS package " + twin.os_package +
                 " and from the wheel " + twin.python +
                 "; the image's environment imports the wheel's, only /usr/bin/python3 the OS package's";
    twins.push_back(std::move(twin));
  }
  return twins;
}

}  // namespace mlrepro
