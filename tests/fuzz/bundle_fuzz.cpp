// Bundles of foreign origin: whatever the bytes, a member is given out only under a path that has a place in
// a bundle, and what is read to its end is what the writer writes of the same members.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include "base/error.hpp"
#include "services/bundle/bundle_format.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mlrepro;
  std::size_t at = 0;
  std::map<std::string, std::string> members;
  BundleIndex index;
  try {
    read_bundle(
        [&](std::span<char> into) {
          const std::size_t part = std::min(into.size(), size - at);
          std::memcpy(into.data(), data + at, part);
          at += part;
          return part;
        },
        "input", [&](const BundleIndex& read) { index = read; },
        [&](const BundleMember& member, const Content& content) {
          check_tree_path(member.path);
          content([&](std::string_view piece) { members[member.path] += piece; });
        });
  } catch (const Error&) {
    return 0;
  }
  std::string again;
  write_bundle(
      index, [&](const BundleMember& member, const auto& piece) { piece(members[member.path]); },
      [&](std::string_view piece) { again += piece; });
  if (again != std::string(reinterpret_cast<const char*>(data), size)) std::abort();
  return 0;
}
