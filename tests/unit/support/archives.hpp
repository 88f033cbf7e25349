// Archives that tests make by hand, honest or hostile: tars, .debs, zips, wheels.
#pragma once

#include <unistd.h>
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/tar_writer.hpp"

namespace mlrepro::testing {

struct TarItem {
  TarHeader header;
  std::string bytes;
};

// Owned by whoever runs the test, so that it can be unpacked without root.
inline TarItem tar_item(const std::string& path, TarType type, const std::string& bytes_or_target = {},
                        std::uint32_t mode = 0644) {
  TarItem item;
  item.header.path = path;
  item.header.type = type;
  item.header.mode = type == TarType::directory ? 0755 : mode;
  item.header.uid = ::geteuid();
  item.header.gid = ::getegid();
  item.header.mtime = 1000000000;
  if (type == TarType::file) {
    item.bytes = bytes_or_target;
    item.header.size = item.bytes.size();
  } else {
    item.header.target = bytes_or_target;
  }
  return item;
}

inline std::string make_tar(const std::vector<TarItem>& items) {
  std::string tar;
  TarWriter writer([&](std::string_view piece) { tar.append(piece); });
  for (const auto& item : items) {
    writer.begin(item.header);
    if (!item.bytes.empty()) writer.data(item.bytes);
  }
  writer.finish();
  return tar;
}

inline std::string ar_member(const std::string& name, const std::string& bytes) {
  const auto field = [](std::string text, std::size_t width) {
    text.resize(width, ' ');
    return text;
  };
  std::string member = field(name, 16) + field("0", 12) + field("0", 6) + field("0", 6) + field("100644", 8) +
                       field(std::to_string(bytes.size()), 10) + "`\n" + bytes;
  if (bytes.size() % 2 != 0) member += '\n';
  return member;
}

struct DebParts {
  std::string name = "demo";
  std::string version = "1.0";
  std::string fields;            // further lines of the control file, each with its line feed
  std::vector<TarItem> control;  // beside the control file
  std::vector<TarItem> data;
};

inline std::string make_deb(const DebParts& parts) {
  std::vector<TarItem> control = parts.control;
  control.push_back(tar_item(
      "./control", TarType::file,
      "Package: " + parts.name + "\nVersion: " + parts.version +
          "\nArchitecture: amd64\nMaintainer: A <a@example.org>\nDescription: a test\n" + parts.fields));
  return "!<arch>\n" + ar_member("debian-binary", "2.0\n") + ar_member("control.tar", make_tar(control)) +
         ar_member("data.tar", make_tar(parts.data));
}

struct ZipItem {
  std::string name;
  std::string bytes;
  std::uint32_t mode = 0100644;
};

// Stored members, made on Unix. The CRC and sizes are right unless `crc_change` spoils the CRC of all.
inline std::string make_zip(const std::vector<ZipItem>& items, std::uint32_t crc_change = 0) {
  std::string out;
  std::string directory;
  const auto put = [](std::string& to, std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i)
      to.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
  };
  for (const auto& item : items) {
    const auto offset = out.size();
    const auto crc = static_cast<std::uint32_t>(::crc32(0, reinterpret_cast<const Bytef*>(item.bytes.data()),
                                                        static_cast<uInt>(item.bytes.size()))) ^
                     crc_change;
    const auto common = [&](std::string& to) {
      put(to, 20, 2);      // version needed
      put(to, 0x0800, 2);  // UTF-8 names
      put(to, 0, 2);       // stored
      put(to, 0x00210000, 4);
      put(to, crc, 4);
      put(to, item.bytes.size(), 4);
      put(to, item.bytes.size(), 4);
      put(to, item.name.size(), 2);
      put(to, 0, 2);
    };
    put(out, 0x04034b50, 4);
    common(out);
    out += item.name + item.bytes;
    put(directory, 0x02014b50, 4);
    put(directory, 0x0314, 2);  // made on Unix
    common(directory);
    put(directory, 0, 6);  // comment, disk, internal attributes
    put(directory, std::uint64_t{item.mode} << 16, 4);
    put(directory, offset, 4);
    directory += item.name;
  }
  const auto start = out.size();
  out += directory;
  put(out, 0x06054b50, 4);
  put(out, 0, 4);
  put(out, items.size(), 2);
  put(out, items.size(), 2);
  put(out, directory.size(), 4);
  put(out, start, 4);
  put(out, 0, 2);
  return out;
}

inline void write_bytes(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace mlrepro::testing
