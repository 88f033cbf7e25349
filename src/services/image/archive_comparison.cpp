#include "services/image/archive_comparison.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"
#include "services/image/archive_members.hpp"
#include "services/image/differing_bytes.hpp"

namespace mlrepro {
namespace {

constexpr std::size_t most_told = 3;

std::string compared(const Archive& first, const ArchiveMember& a, const Archive& second,
                     const ArchiveMember& b) {
  std::vector<std::string> ways;
  for (std::size_t i = 0; i < std::min(a.traits.size(), b.traits.size()); ++i) {
    if (a.traits[i] != b.traits[i])
      ways.push_back(a.traits[i].first + " " + a.traits[i].second + "/" + b.traits[i].second);
  }
  if (a.size != b.size) ways.push_back("size " + std::to_string(a.size) + "/" + std::to_string(b.size));
  if (a.size != b.size || a.mark != b.mark) {
    const auto left = first.bytes(a);
    const auto right = second.bytes(b);
    ways.push_back(left && right ? differing_bytes(*left, *right) : "bytes");
  }
  return join(ways, ", ");
}

// Safe for a terminal, as they come from archives.
std::string shown_name(const std::string& name) {
  const bool plain = std::all_of(name.begin(), name.end(),
                                 [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
  return plain ? name : literal(name);
}

using Key = std::pair<std::string, std::size_t>;  // a static library may have several members of one name

std::map<Key, std::size_t> places_of(const std::vector<ArchiveMember>& members) {
  std::map<std::string, std::size_t> seen;
  std::map<Key, std::size_t> places;
  for (std::size_t i = 0; i < members.size(); ++i)
    places.emplace(Key{members[i].name, seen[members[i].name]++}, i);
  return places;
}

std::string compare(const Archive& first, const Archive& second) {
  const auto& left = first.members();
  const auto& right = second.members();
  if (left.empty() || right.empty()) return {};
  const auto here = places_of(left);
  auto there = places_of(right);
  std::vector<std::string> told;
  std::size_t count = 0;
  const auto tell = [&](const std::string& name, const std::string& how) {
    if (how.empty()) return;
    if (++count > most_told) return;
    told.push_back(name.empty() ? "decompressed: " + how : "member " + shown_name(name) + ": " + how);
  };
  std::vector<Key> order(left.size());
  for (const auto& [key, place] : here)
    order[place] = key;
  std::vector<std::size_t> met;
  for (const auto& key : order) {
    const auto other = there.find(key);
    if (other == there.end()) {
      tell(key.first, "only in the first build");
      continue;
    }
    const ArchiveMember& a = left[here.at(key)];
    const ArchiveMember& b = right[other->second];
    // Past those that are told, only whether they differ.
    if (count >= most_told) {
      if (a.traits != b.traits || a.size != b.size || a.mark != b.mark) ++count;
    } else {
      tell(key.first, compared(first, a, second, b));
    }
    met.push_back(other->second);
    there.erase(other);
  }
  for (const auto& [key, place] : there)
    tell(key.first, "only in the second build");
  if (!std::is_sorted(met.begin(), met.end())) told.insert(told.begin(), "order of members");
  if (told.empty()) return "its members agree, but not how they are packed";
  std::string text = join(told, "; ");
  if (count > most_told) {
    const std::size_t more = count - most_told;
    text += "; " + std::to_string(more) + (more == 1 ? " more member differs" : " more members differ");
  }
  return text;
}

std::string compare_as(ArchiveKind kind, int first, int second, const std::string& name) {
  return compare(*open_archive(kind, first, name), *open_archive(kind, second, name));
}

std::string compare_streams(int first, int second, const std::string& name) {
  try {
    // libarchive takes what is no tar for an empty one now and then.
    if (std::string words = compare_as(ArchiveKind::tar, first, second, name);
        !words.empty() && !words.starts_with("its members agree"))
      return words;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input) throw;
  }
  return compare_as(ArchiveKind::stream, first, second, name);
}

}  // namespace

std::string differing_members(int first, int second, const std::string& name) {
  const ArchiveKind kind = archive_kind(first, name);
  if (kind == ArchiveKind::none || kind != archive_kind(second, name)) return {};
  try {
    return kind == ArchiveKind::stream ? compare_streams(first, second, name)
                                       : compare_as(kind, first, second, name);
  } catch (const Error& error) {
    // Damaged, or by names that no tree can have: its bytes still tell.
    if (error.kind() != ErrorKind::input) throw;
  }
  return {};
}

}  // namespace mlrepro
