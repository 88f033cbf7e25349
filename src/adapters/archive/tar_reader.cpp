#include "adapters/archive/tar_reader.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/handle.hpp"

namespace mlrepro {
namespace {

// libarchive converts pax names through the thread's locale: UTF-8 there, whatever the program's own is.
class Utf8Locale {
 public:
  Utf8Locale() : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (locale_ != nullptr) previous_ = ::uselocale(locale_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;
  ~Utf8Locale() {
    if (locale_ == nullptr) return;
    ::uselocale(previous_);
    ::freelocale(locale_);
  }

 private:
  locale_t locale_;
  locale_t previous_ = nullptr;
};

class Reader {
 public:
  Reader(const ReadNext& read, const std::string& name, TarCompression compression)
      : name_(name), input_(read, compression) {
    archive_read_support_format_tar(input_.get());
    check(input_.open());
  }

  // The next member; false at the end.
  bool next(TreeEntry& entry) {
    for (;;) {
      archive_entry* raw = nullptr;
      const int status = archive_read_next_header(input_.get(), &raw);
      if (status == ARCHIVE_EOF) return false;
      check(status);
      if (translate(raw, entry)) return true;
    }
  }

  void content(std::uint64_t size, const std::function<void(std::string_view)>& piece) {
    static constexpr std::size_t zeros_size = 65536;
    static const std::vector<char> zeros(zeros_size);
    std::uint64_t at = 0;
    const auto fill = [&](std::uint64_t until) {
      while (at < until) {
        const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(until - at, zeros_size));
        piece({zeros.data(), part});
        at += part;
      }
    };
    for (;;) {
      const void* bytes = nullptr;
      std::size_t length = 0;
      la_int64_t offset = 0;
      const int status = archive_read_data_block(input_.get(), &bytes, &length, &offset);
      if (status == ARCHIVE_EOF) break;
      check(status);
      if (length == 0) continue;
      const auto start = static_cast<std::uint64_t>(offset);
      if (offset < 0 || start < at || start > size || length > size - start)
        refuse("a member's data do not fit its size");
      fill(start);
      piece({static_cast<const char*>(bytes), length});
      at += length;
    }
    fill(size);
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(ErrorKind::input, "bad-archive", name_ + " cannot be read: " + why);
  }

  void check(int status) const {
    input_.rethrow();
    if (status == ARCHIVE_OK || status == ARCHIVE_WARN) return;
    refuse(input_.trouble());
  }

  std::string normalised(const char* raw) const {
    if (raw == nullptr) refuse("a name cannot be read");
    std::string_view path(raw);
    while (path.starts_with("./"))
      path.remove_prefix(2);
    while (path.ends_with('/'))
      path.remove_suffix(1);
    if (path == ".") path = {};
    return std::string(path);
  }

  bool translate(archive_entry* raw, TreeEntry& entry) const {
    entry = TreeEntry{};
    const char* path = archive_entry_pathname(raw);
    if (path == nullptr) path = archive_entry_pathname_utf8(raw);
    entry.path = normalised(path);
    if (entry.path.empty() && *path == '.') return false;  // "./", the root
    check_tree_path(entry.path);
    const char* hardlink = archive_entry_hardlink(raw);
    if (hardlink != nullptr) {
      entry.type = EntryType::hardlink;
      entry.target = normalised(hardlink);
      check_tree_path(entry.target);
    } else {
      switch (archive_entry_filetype(raw)) {
        case AE_IFREG: entry.type = EntryType::file; break;
        case AE_IFDIR: entry.type = EntryType::directory; break;
        case AE_IFLNK: entry.type = EntryType::symlink; break;
        case AE_IFCHR: entry.type = EntryType::character_device; break;
        case AE_IFBLK: entry.type = EntryType::block_device; break;
        case AE_IFIFO: entry.type = EntryType::fifo; break;
        default: refuse(entry.path + " is of an unknown type");
      }
      if (entry.type == EntryType::symlink) {
        const char* target = archive_entry_symlink(raw);
        if (target == nullptr) target = archive_entry_symlink_utf8(raw);
        if (target == nullptr || *target == '\0') refuse("the link " + entry.path + " has no target");
        entry.target = target;
      }
    }
    entry.mode = archive_entry_perm(raw) & 07777U;
    entry.uid = id(archive_entry_uid(raw), entry.path);
    entry.gid = id(archive_entry_gid(raw), entry.path);
    entry.mtime = archive_entry_mtime(raw);
    if (entry.type == EntryType::file) {
      if (archive_entry_size(raw) < 0) refuse(entry.path + " has a negative size");
      entry.size = static_cast<std::uint64_t>(archive_entry_size(raw));
    }
    archive_entry_xattr_reset(raw);
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t length = 0;
    while (archive_entry_xattr_next(raw, &name, &value, &length) == ARCHIVE_OK) {
      entry.xattrs.emplace(name, std::string(static_cast<const char*>(value), length));
    }
    return true;
  }

  std::uint32_t id(la_int64_t value, const std::string& path) const {
    if (value < 0 || value >= 0xFFFFFFFF) refuse(path + " has an owner out of range");
    return static_cast<std::uint32_t>(value);
  }

  std::string name_;
  ArchiveInput input_;
};

}  // namespace

void read_tar(const ReadNext& read, const std::string& name,
              const std::function<void(const TreeEntry&, const Content&)>& entry,
              TarCompression compression) {
  const Utf8Locale locale;
  Reader reader(read, name, compression);
  TreeEntry current;
  while (reader.next(current)) {
    entry(current,
          [&](const std::function<void(std::string_view)>& piece) { reader.content(current.size, piece); });
  }
}

}  // namespace mlrepro
