#include "services/image/archive_members.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <span>
#include <string_view>

#include "adapters/archive/decompress.hpp"
#include "adapters/archive/tar_reader.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/file_bytes.hpp"
#include "base/handle.hpp"
#include "base/text.hpp"
#include "codec/digest.hpp"
#include "codec/little_endian.hpp"
#include "codec/zip_file.hpp"
#include "services/image/differing_bytes.hpp"

namespace mlrepro {
namespace {

constexpr std::uint64_t most_shown = std::uint64_t{64} << 20;  // of a member whose bytes are asked for
constexpr std::size_t most_members = 1'000'000;
constexpr std::uint64_t most_names = std::uint64_t{64} << 20;  // of an ar's table of long names

UniqueFd copy_of(int fd) {
  UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!copy.valid()) throw system_error(errno, "copy a file descriptor");
  return copy;
}

// APPNOTE 4.4.6: no zone is told.
std::string dos_words(std::uint32_t time) {
  const auto part = [&](unsigned shift, std::uint32_t mask, unsigned add, unsigned factor,
                        std::size_t width) {
    std::string text = std::to_string(((time >> shift) & mask) * factor + add);
    text.insert(0, width - std::min(width, text.size()), '0');
    return text;
  };
  return part(25, 127, 1980, 1, 4) + "-" + part(21, 15, 0, 1, 2) + "-" + part(16, 31, 0, 1, 2) + "T" +
         part(11, 31, 0, 1, 2) + ":" + part(5, 63, 0, 1, 2) + ":" + part(0, 31, 0, 2, 2);
}

class Zip final : public Archive {
 public:
  Zip(int fd, const std::string& name) : file_(copy_of(fd), name) {
    entries_ = file_.members().value_or(std::vector<ZipEntry>());
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const ZipEntry& entry = entries_[i];
      members_.push_back({entry.name,
                          {{"time", dos_words(entry.dos_time)}, {"method", std::to_string(entry.method)}},
                          entry.size,
                          std::to_string(entry.crc32),
                          i});
    }
  }
  const std::vector<ArchiveMember>& members() const override { return members_; }
  std::optional<std::string> bytes(const ArchiveMember& member) const override {
    return file_.content(entries_[member.place], most_shown);
  }

 private:
  ZipFile file_;
  std::vector<ZipEntry> entries_;
  std::vector<ArchiveMember> members_;
};

// ar(5) as GNU binutils write it: "/" is the table of symbols, "//" that of long names, "/12" a place in it.
class Ar final : public Archive {
 public:
  Ar(int fd, std::uint64_t size, const std::string& name) : read_(bytes_of_file(fd, name)) {
    std::string long_names;
    for (std::uint64_t at = 8; at + 60 <= size && members_.size() < most_members;) {
      const std::string header = read_(at, 60);
      const auto field = [&](std::size_t from, std::size_t width) {
        return std::string(trim(std::string_view(header).substr(from, width)));
      };
      const auto length = parse_number(field(48, 10));
      at += 60;
      if (header.size() != 60 || !header.ends_with("`\n") || !length || *length > size - at) {
        members_.clear();
        return;
      }
      std::string member = field(0, 16);
      if (member == "//")
        long_names = read_(at, static_cast<std::size_t>(std::min<std::uint64_t>(*length, most_names)));
      if (member.size() > 1 && member[0] == '/' && parse_number(member.substr(1))) {
        const auto from = std::min<std::size_t>(*parse_number(member.substr(1)), long_names.size());
        member = long_names.substr(from, long_names.find('\n', from) - from);
      }
      if (member.size() > 1 && member.ends_with('/') && member != "//") member.pop_back();
      if (member == "/") member = "/ (table of symbols)";
      members_.push_back(
          {member,
           {{"time", field(16, 12)}, {"owner", field(28, 6) + ":" + field(34, 6)}, {"mode", field(40, 8)}},
           *length,
           digest(at, *length),
           at});
      at += *length + *length % 2;
    }
  }
  const std::vector<ArchiveMember>& members() const override { return members_; }
  std::optional<std::string> bytes(const ArchiveMember& member) const override {
    if (member.size > most_shown) return std::nullopt;
    return read_(member.place, static_cast<std::size_t>(member.size));
  }

 private:
  [[nodiscard]] std::string digest(std::uint64_t at, std::uint64_t size) const {
    static constexpr std::uint64_t piece = std::uint64_t{1} << 20;
    Sha256Hasher hasher;
    for (std::uint64_t done = 0; done < size; done += piece)
      hasher.update(read_(at + done, static_cast<std::size_t>(std::min(piece, size - done))));
    return hasher.finish().hex();
  }

  ReadBytes read_;
  std::vector<ArchiveMember> members_;
};

std::string path_of(int fd) {
  return "/proc/self/fd/" + std::to_string(fd);
}

class Tar final : public Archive {
 public:
  Tar(int fd, const std::string& name) : fd_(fd), name_(name) {
    walk([&](const TreeEntry& entry, const Content& content) {
      ArchiveMember member{entry.path,
                           {{"type", std::to_string(static_cast<int>(entry.type))},
                            {"mode", std::to_string(entry.mode)},
                            {"owner", std::to_string(entry.uid) + ":" + std::to_string(entry.gid)},
                            {"time", format_rfc3339(entry.mtime)},
                            {"target", literal(entry.target)}},
                           entry.size,
                           {},
                           members_.size()};
      if (entry.type == EntryType::file) {
        Sha256Hasher hasher;
        content([&](std::string_view piece) { hasher.update(piece); });
        member.mark = hasher.finish().hex();
      }
      members_.push_back(std::move(member));
      return members_.size() < most_members;
    });
  }
  const std::vector<ArchiveMember>& members() const override { return members_; }
  std::optional<std::string> bytes(const ArchiveMember& member) const override {
    std::optional<std::string> found;
    if (member.size > most_shown) return found;
    std::uint64_t place = 0;
    walk([&](const TreeEntry&, const Content& content) {
      if (place++ != member.place) return true;
      found.emplace();
      content([&](std::string_view piece) { found->append(piece); });
      return false;
    });
    return found;
  }

 private:
  struct Enough {};

  void walk(const std::function<bool(const TreeEntry&, const Content&)>& visit) const {
    const ReadBytes read = bytes_of_file(fd_, name_);
    std::uint64_t at = 0;
    const auto next = [&](std::span<char> into) {
      const std::string bytes = read(at, into.size());
      std::copy(bytes.begin(), bytes.end(), into.begin());
      at += bytes.size();
      return bytes.size();
    };
    try {
      read_tar(next, name_, [&](const TreeEntry& entry, const Content& content) {
        if (!visit(entry, content)) throw Enough();
      });
    } catch (const Enough&) {
      // The rest is of no interest.
    }
  }

  int fd_;
  std::string name_;
  std::vector<ArchiveMember> members_;
};

// What a compressed stream holds, as its only member; RFC 1952's header of gzip has a time and a name of its
// own.
class Stream final : public Archive {
 public:
  Stream(int fd, const std::string& name) : fd_(fd) {
    ArchiveMember member{"", {}, 0, {}, 0};
    const std::string head = bytes_of_file(fd, name)(0, 512);
    if (head.starts_with("\x1f\x8b") && head.size() > 10) {
      const bool named = (static_cast<unsigned char>(head[3]) & 0x0cU) == 0x08;
      member.traits = {
          {"time in its header", format_rfc3339(static_cast<UnixTime>(little_endian(head, 4, 4)))},
          {"name in its header", named ? literal(head.substr(10, head.find('\0', 10) - 10)) : "none"}};
    }
    Sha256Hasher hasher;
    decompress_file(path_of(fd), [&](std::string_view piece) {
      hasher.update(piece);
      member.size += piece.size();
      return true;
    });
    member.mark = hasher.finish().hex();
    members_.push_back(std::move(member));
  }
  const std::vector<ArchiveMember>& members() const override { return members_; }
  std::optional<std::string> bytes(const ArchiveMember& member) const override {
    if (member.size > most_shown) return std::nullopt;
    std::string found;
    decompress_file(path_of(fd_), [&](std::string_view piece) {
      found.append(piece);
      return true;
    });
    return found;
  }

 private:
  int fd_;
  std::vector<ArchiveMember> members_;
};

std::uint64_t size_of(int fd, const std::string& name) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) throw system_error(errno, "stat " + name);
  return static_cast<std::uint64_t>(info.st_size);
}

}  // namespace

ArchiveKind archive_kind(int fd, const std::string& name) {
  const std::string head = bytes_of_file(fd, name)(0, 512);
  if (head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06")) return ArchiveKind::zip;
  if (head.starts_with("!<arch>\n")) return ArchiveKind::ar;
  if (head.size() > 262 && std::string_view(head).substr(257, 5) == "ustar") return ArchiveKind::tar;
  for (const std::string_view magic : {std::string_view("\x1f\x8b"),
                                       std::string_view("\xfd"
                                                        "7zXZ\0",
                                                        6),
                                       std::string_view("\x28\xb5\x2f\xfd"), std::string_view("BZh")}) {
    if (head.starts_with(magic)) return ArchiveKind::stream;
  }
  return ArchiveKind::none;
}

std::unique_ptr<Archive> open_archive(ArchiveKind kind, int fd, const std::string& name) {
  switch (kind) {
    case ArchiveKind::zip: return std::make_unique<Zip>(fd, name);
    case ArchiveKind::ar: return std::make_unique<Ar>(fd, size_of(fd, name), name);
    case ArchiveKind::tar: return std::make_unique<Tar>(fd, name);
    case ArchiveKind::stream: return std::make_unique<Stream>(fd, name);
    case ArchiveKind::none: break;
  }
  throw Error(ErrorKind::internal, "no-archive", name + " is no archive");
}

}  // namespace mlrepro
