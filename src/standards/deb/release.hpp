// The Release file of an archive's suite. Debian wiki "DebianRepository/Format".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "codec/digest.hpp"

namespace mlrepro::deb {

struct ReleaseFile {
  std::uint64_t size = 0;
  Sha256 sha256;
};

struct Release {
  std::string origin;
  std::string label;
  std::string suite;     // "oldstable"
  std::string codename;  // "bookworm"
  std::string version;   // "12.11"; empty where the archive does not say
  // The archive asks not to be chosen from unless named; with the second, to be upgraded from.
  bool not_automatic = false;
  bool but_automatic_upgrades = false;
  UnixTime date = 0;
  std::optional<UnixTime> valid_until;
  bool acquire_by_hash = false;
  bool architecture_all_separate = false;  // binary-all/Packages holds what binary-ARCH/Packages leaves out
  std::vector<std::string> components;     // "updates/main" is kept as written
  std::vector<std::string> architectures;
  std::map<std::string, ReleaseFile, std::less<>> files;  // SHA256, by path below dists/SUITE
};

// Throws Error(input, "bad-release") naming `name` where a field is malformed, Date or the SHA256 list is
// missing, a path leaves the suite's folder, or a path is given twice with different content.
[[nodiscard]] Release parse_release(std::string_view text, const std::string& name);

// "main/binary-amd64/Packages.xz" -> "main/binary-amd64/by-hash/SHA256/<hex>".
[[nodiscard]] std::string by_hash_path(std::string_view path, const Sha256& sha256);

}  // namespace mlrepro::deb
