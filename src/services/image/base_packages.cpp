#include "services/image/base_packages.hpp"

#include <algorithm>
#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"
#include "services/image/base_layers.hpp"

namespace mlrepro {
namespace {

constexpr std::string_view status_path = "var/lib/dpkg/status";
constexpr std::uint64_t most_status_bytes = std::uint64_t{64} << 20;

// What a layer makes of one path: the file's bytes, gone, or as it was.
class Following {
 public:
  void layer(const BaseLayer& layer, const BlobStore& store) {
    std::optional<std::string> written;
    bool is_other = false;
    const auto whiteouts = inspect_layer(layer, store, [&](const TreeEntry& entry, const Content& content) {
      if (entry.path == status_path && entry.type == EntryType::file) {
        if (entry.size > most_status_bytes) {
          throw Error(ErrorKind::input, "bad-base",
                      "the dpkg status of the base image is wrong: it is larger than 64 MiB",
                      "take another image");
        }
        written.emplace();
        content([&](std::string_view piece) { written->append(piece); });
      } else if (entry.path == status_path || (entry.type != EntryType::directory && is_above(entry.path))) {
        is_other = true;
      }
    });
    const bool hidden = is_other ||
                        std::any_of(whiteouts.removed.begin(), whiteouts.removed.end(),
                                    [](const auto& path) { return path == status_path || is_above(path); }) ||
                        std::any_of(whiteouts.emptied.begin(), whiteouts.emptied.end(),
                                    [](const auto& path) { return path.empty() || is_above(path); });
    if (hidden) text_.reset();
    if (written) text_ = std::move(written);
  }

  [[nodiscard]] const std::optional<std::string>& text() const { return text_; }

 private:
  static bool is_above(std::string_view folder) { return status_path.starts_with(std::string(folder) + "/"); }
  std::optional<std::string> text_;
};

}  // namespace

std::string read_dpkg_status(const LockedBase& base, const BlobStore& store) {
  Following status;
  for (const auto& layer : base.layers)
    status.layer(layer, store);
  if (status.text() && !trim(*status.text()).empty()) return *status.text();
  throw Error(ErrorKind::input, "no-dpkg-status",
              "the base image " + base.reference + " has no /var/lib/dpkg/status: it is no Debian system",
              "take an image that dpkg installed, as Debian's own are");
}

}  // namespace mlrepro
