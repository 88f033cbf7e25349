#include "standards/gpu/cdi_spec.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "base/error.hpp"
#include "base/text.hpp"
#include "standards/python/foreign_text.hpp"

namespace mlrepro::gpu {
namespace {

constexpr std::array<std::string_view, 8> versions{"0.3.0", "0.4.0", "0.5.0", "0.6.0",
                                                   "0.7.0", "0.8.0", "1.0.0", "1.1.0"};
constexpr std::size_t longest_text = 4096;

bool is_name(std::string_view text, std::string_view others) {
  const auto alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  if (text.empty() || !alphanumeric(text.front()) || !alphanumeric(text.back())) return false;
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return alphanumeric(c) || others.find(c) != std::string_view::npos; });
}

class SpecReader {
 public:
  SpecReader(const Json& document, const std::string& name) : document_(document), name_(name) {}

  CdiSpec read() {
    if (!document_.is_object()) refuse("", "it is no mapping");
    const std::string version = text(document_, "cdiVersion", "");
    if (std::find(versions.begin(), versions.end(), version) == versions.end())
      refuse("cdiVersion", "\"" + version + "\" is no version from 0.3.0 to 1.1.0");
    CdiSpec spec;
    spec.kind = text(document_, "kind", "");
    const auto slash = spec.kind.find('/');
    if (slash == std::string::npos || !is_name(std::string_view(spec.kind).substr(0, slash), "_-.") ||
        !is_name(std::string_view(spec.kind).substr(slash + 1), "_-"))
      refuse("kind", "\"" + spec.kind + "\" is not VENDOR/CLASS");
    std::set<std::string> names;
    const Json& devices = list(document_, "devices", "");
    if (devices.empty()) refuse("devices", "there is none");
    for (std::size_t i = 0; i < devices.size(); ++i) {
      const std::string place = "devices[" + std::to_string(i) + "].";
      CdiDevice device;
      device.name = text(object(devices[i], place), "name", place);
      if (!is_name(device.name, "_-.:"))
        refuse(place + "name", "\"" + device.name + "\" is no name of a device");
      if (!names.insert(device.name).second)
        refuse(place + "name", "there are two devices \"" + device.name + "\"");
      device.edits = edits(devices[i], place);
      spec.devices.push_back(std::move(device));
    }
    spec.edits = edits(document_, "");
    return spec;
  }

 private:
  [[noreturn]] void refuse(const std::string& key, const std::string& why) const {
    throw Error(ErrorKind::input, "bad-cdi",
                python::as_utf8(name_ + " is no CDI specification that can be used: " +
                                (key.empty() ? "" : key + ": ") + why),
                "have it written anew by nvidia-ctk cdi generate, or take the file away");
  }

  const Json& object(const Json& value, const std::string& place) const {
    if (!value.is_object()) refuse(place.substr(0, place.size() - 1), "it is no mapping");
    return value;
  }

  const Json& list(const Json& table, const char* key, const std::string& place) const {
    static const Json none = Json::array();
    const auto found = table.find(key);
    if (found == table.end() || found->is_null()) return none;
    if (!found->is_array()) refuse(place + key, "it is no list");
    return *found;
  }

  // A device may be named 0 without quotes.
  std::string as_text(const Json& value, const std::string& place) const {
    if (value.is_number_integer()) return value.dump();
    if (!value.is_string()) refuse(place, "it is no text");
    const auto& text = value.get_ref<const std::string&>();
    if (text.size() > longest_text) refuse(place, "it is longer than 4096 characters");
    if (text.find('\0') != std::string::npos || python::as_utf8(text) != text)
      refuse(place, "it is not UTF-8 without NUL");
    return text;
  }

  std::string text(const Json& table, const char* key, const std::string& place) const {
    const auto found = table.find(key);
    if (found == table.end()) refuse(place + key, "it is missing");
    return as_text(*found, place + key);
  }

  std::string path(const Json& table, const char* key, const std::string& place) const {
    std::string path = text(table, key, place);
    if (!path.starts_with('/')) refuse(place + key, "\"" + path + "\" is not absolute");
    std::string normal;
    for (const auto part : split(path, '/')) {
      if (part == "..") refuse(place + key, "\"" + path + "\" leads through ..");
      if (!part.empty() && part != ".") normal += "/" + std::string(part);
    }
    return normal.empty() ? "/" : normal;
  }

  CdiEdits edits(const Json& table, const std::string& above) const {
    CdiEdits edits;
    const auto found = table.find("containerEdits");
    if (found == table.end() || found->is_null()) return edits;
    const std::string place = above + "containerEdits.";
    object(*found, place);
    for (const auto& item : list(*found, "env", place)) {
      const std::string variable = as_text(item, place + "env");
      const auto equals = variable.find('=');
      if (equals == 0 || equals == std::string::npos)
        refuse(place + "env", "\"" + variable + "\" is not NAME=VALUE");
      edits.environment.emplace_back(variable.substr(0, equals), variable.substr(equals + 1));
    }
    each(*found, "deviceNodes", place, [&](const Json& item, const std::string& at) {
      CdiDeviceNode node;
      node.container = path(item, "path", at);
      if (!node.container.starts_with("/dev/"))
        refuse(at + "path", "\"" + node.container + "\" is not below /dev");
      node.host = item.contains("hostPath") ? path(item, "hostPath", at) : node.container;
      edits.devices.push_back(std::move(node));
    });
    each(*found, "mounts", place, [&](const Json& item, const std::string& at) {
      CdiMount mount{path(item, "hostPath", at), path(item, "containerPath", at)};
      if (mount.container == "/") refuse(at + "containerPath", "a mount over / hides the environment");
      if (mount.host == "/") refuse(at + "hostPath", "the whole machine is not mounted");
      edits.mounts.push_back(std::move(mount));
    });
    each(*found, "hooks", place, [&](const Json& item, const std::string& at) {
      ++edits.hooks;
      read_links(list(item, "args", at), at, edits);
    });
    return edits;
  }

  template <typename Use>
  void each(const Json& table, const char* key, const std::string& place, const Use& use) const {
    const Json& items = list(table, key, place);
    for (std::size_t i = 0; i < items.size(); ++i) {
      const std::string at = place + key + "[" + std::to_string(i) + "].";
      use(object(items[i], at), at);
    }
  }

  void read_links(const Json& arguments, const std::string& place, CdiEdits& edits) const {
    bool makes_links = false;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const std::string word = as_text(arguments[i], place + "args");
      makes_links = makes_links || word == "create-symlinks";
      if (!makes_links || word != "--link" || i + 1 == arguments.size()) continue;
      const std::string link = as_text(arguments[i + 1], place + "args");
      const auto between = link.find("::");
      if (between == std::string::npos) continue;
      edits.links.push_back({link.substr(0, between), link.substr(between + 2)});
    }
  }

  const Json& document_;
  const std::string& name_;
};

}  // namespace

CdiSpec parse_cdi_spec(const Json& document, const std::string& name) {
  return SpecReader(document, name).read();
}

}  // namespace mlrepro::gpu
