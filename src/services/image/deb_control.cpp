#include "services/image/deb_control.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include "adapters/archive/tar_reader.hpp"
#include "base/error.hpp"

namespace mlrepro {
namespace {

constexpr std::uint64_t most_control_bytes = std::uint64_t{64} << 20;
constexpr std::string_view plain_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_+";

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::input, "bad-archive", why);
}

}  // namespace

DebControl read_deb_control(const Deb& deb, const OsPackage& locked) {
  DebControl out;
  std::optional<std::string> control;
  std::set<std::string> names;
  std::uint64_t total = 0;
  read_tar(stream_of(deb, deb.control, {}), deb.name + ", control.tar",
           [&](const TreeEntry& entry, const Content& content) {
             if (entry.type == EntryType::directory) return;
             if (entry.type != EntryType::file)
               refuse("the control file " + entry.path + " is no plain file");
             if (entry.path.find_first_not_of(plain_characters) != std::string::npos ||
                 entry.path == "list" || !names.insert(entry.path).second)
               refuse("the control file " + entry.path + " has no valid name, or is there twice");
             total += entry.size;
             if (total > most_control_bytes) refuse("its control files are larger than 64 MiB");
             std::string bytes;
             content([&](std::string_view piece) { bytes.append(piece); });
             if (entry.path == "control") {
               control = std::move(bytes);
             } else {
               out.files.push_back({entry.path, std::move(bytes), entry.mode});
             }
           });
  if (!control) refuse("it has no control file");
  out.stanza = parse_package_control(*control, deb.name);
  if (out.stanza.package != locked.name || out.stanza.version != locked.version ||
      out.stanza.architecture != locked.architecture) {
    refuse("it says that it is " + out.stanza.package + " " + out.stanza.version + " for " +
           out.stanza.architecture);
  }
  std::sort(out.files.begin(), out.files.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

}  // namespace mlrepro
