#include "services/image/base_layers.hpp"

#include <unordered_set>

#include "adapters/archive/layer_reader.hpp"
#include "base/error.hpp"
#include "tree/tree_path.hpp"

namespace mlrepro {
namespace {

constexpr std::string_view mark = ".wh.";
constexpr std::string_view opaque = ".wh..wh..opq";
constexpr std::size_t most_entries = 4'000'000;

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::input, "bad-layer", "refusing " + why);
}

void check_type(const TreeEntry& entry) {
  const bool plain = entry.type == EntryType::file || entry.type == EntryType::directory ||
                     entry.type == EntryType::symlink || entry.type == EntryType::hardlink;
  if (!plain && !is_left_out(entry)) refuse("\"" + entry.path + "\": it is a device or a pipe");
  if (entry.type == EntryType::hardlink && entry.target == entry.path)
    refuse("\"" + entry.path + "\": it is a hard link to itself");
}

}  // namespace

std::uint64_t most_layer_bytes(const BaseLayer& layer) {
  // What is packed by more than this is no software.
  return (std::uint64_t{512} << 20) + 100 * layer.size;
}

std::string layer_words(const BaseLayer& layer) {
  return "the layer " + layer.digest.tagged() + " of the base image";
}

bool is_whiteout(const std::string& path) {
  const std::string name = name_in(path);
  if (!name.starts_with(mark)) return false;
  const std::string hidden = name.substr(mark.size());
  if (name != opaque && (hidden.empty() || hidden == "." || hidden == ".." || hidden.starts_with(mark)))
    refuse("\"" + path + "\": it is a whiteout of nothing");
  return true;
}

bool is_left_out(const TreeEntry& entry) {
  const bool special = entry.type == EntryType::character_device || entry.type == EntryType::block_device ||
                       entry.type == EntryType::fifo;
  return special && (entry.path.starts_with("dev/") || entry.path.starts_with("run/"));
}

Whiteouts inspect_layer(const BaseLayer& layer, const BlobStore& store,
                        const std::function<void(const TreeEntry&, const Content&)>& look) {
  const std::string name = layer_words(layer);
  Whiteouts whiteouts;
  std::unordered_set<std::string> seen;  // folders may come again
  std::size_t count = 0;
  const auto file = store.get(layer.digest, name);
  try {
    const Sha256 found =
        read_layer(file, name, most_layer_bytes(layer), [&](const TreeEntry& entry, const Content& content) {
          if (++count > most_entries)
            refuse("a layer of more than " + std::to_string(most_entries) + " files");
          if (is_whiteout(entry.path)) {
            const std::string folder = parent_of(entry.path);
            if (name_in(entry.path) == opaque) {
              whiteouts.emptied.insert(folder);
            } else {
              whiteouts.removed.insert((folder.empty() ? folder : folder + "/") +
                                       name_in(entry.path).substr(mark.size()));
            }
            return;
          }
          check_type(entry);
          if (entry.type != EntryType::directory && !seen.insert(entry.path).second)
            refuse("\"" + entry.path + "\": it is there twice");
          if (look) look(entry, content);
        });
    if (found != layer.diff_id) {
      throw Error(ErrorKind::input, "bad-layer",
                  "its content has the SHA-256 " + found.hex() + ", where the image's configuration says " +
                      layer.diff_id.hex());
    }
  } catch (Error& error) {
    if (error.kind() != ErrorKind::input) throw;
    throw Error(ErrorKind::input, error.code(), "cannot use " + name + ": " + error.message(),
                "the image is damaged or was made to do harm: take another");
  }
  return whiteouts;
}

}  // namespace mlrepro
