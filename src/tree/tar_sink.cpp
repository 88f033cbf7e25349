#include "tree/tar_sink.hpp"

#include "base/error.hpp"

namespace mlrepro {
namespace {

TarType tar_type(EntryType type) {
  switch (type) {
    case EntryType::file: return TarType::file;
    case EntryType::directory: return TarType::directory;
    case EntryType::symlink: return TarType::symlink;
    case EntryType::hardlink: return TarType::hardlink;
    case EntryType::character_device: return TarType::character_device;
    case EntryType::block_device: return TarType::block_device;
    case EntryType::fifo: return TarType::fifo;
  }
  throw Error(ErrorKind::internal, "tree", "an entry of no known type");
}

}  // namespace

void TarSink::add(const TreeEntry& entry, const Content& content) {
  check_tree_path(entry.path);
  writer_.begin({.path = entry.path,
                 .type = tar_type(entry.type),
                 .mode = entry.mode,
                 .uid = entry.uid,
                 .gid = entry.gid,
                 .mtime = entry.mtime,
                 .size = entry.size,
                 .target = entry.target,
                 .device_major = entry.device_major,
                 .device_minor = entry.device_minor,
                 .xattrs = entry.xattrs});
  if (entry.type != EntryType::file || entry.size == 0) return;
  content([this](std::string_view piece) { writer_.data(piece); });
}

}  // namespace mlrepro
