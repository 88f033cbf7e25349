// A source tree as one tar whose bytes follow from its content alone: where a checkout or a folder of a
// project lies, who owns it and when it was written leave no trace.
//
//   - entries sorted by path as bytes; a folder stands there where something lies in it, and only then
//   - files 0644, or 0755 where executable; folders 0755; links 0777 with their text as it is; owner 0:0
//   - every time is 1980-01-01, the least that a zip can hold, since wheels are zips
//   - the writer is codec/tar_writer.hpp
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "codec/tar_writer.hpp"
#include "tree/tree_sink.hpp"

namespace mlrepro {

class CanonicalTree {
 public:
  // All throw Error(input, "bad-path") for a path that is none, is there already or lies below a file, and
  // Error(input, "too-large") over half a million entries or 16 GiB.
  void add_file(const std::string& path, bool executable, std::uint64_t size, Content content);
  // Error(input, "link-leads-out") where the link could lead out of the tree: its target is absolute, climbs
  // above the root, or climbs after a name (which may be a link itself).
  void add_link(const std::string& path, const std::string& target);

  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  [[nodiscard]] bool contains(const std::string& path) const { return entries_.contains(path); }
  // The tar. Contents are asked for in order, each once.
  void write(const TarWriter::Out& out) const;

 private:
  struct Entry {
    TreeEntry entry;
    Content content;
  };
  void add(Entry entry);

  std::map<std::string, Entry> entries_;
  std::uint64_t bytes_ = 0;
};

}  // namespace mlrepro
