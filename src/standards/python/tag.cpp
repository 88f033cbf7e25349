#include "standards/python/tag.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace mlrepro::python {
namespace {

struct Legacy {
  std::string_view name;
  LibcVersion glibc;
};
constexpr std::array<Legacy, 3> legacy_names = {
    {{"manylinux2014", {2, 17}}, {"manylinux2010", {2, 12}}, {"manylinux1", {2, 5}}}};

// Reads a number of 4 digits at most from the front.
bool take_number(std::string_view& text, int& out) {
  const auto size = std::min<std::size_t>(text.size(), 4);
  const auto [end, error] = std::from_chars(text.data(), text.data() + size, out);
  if (error != std::errc() || out < 0) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

// "_2_17_x86_64": after the family's name.
bool take_libc(std::string_view& text, LibcVersion& out) {
  if (!text.starts_with('_')) return false;
  text.remove_prefix(1);
  if (!take_number(text, out.major) || !text.starts_with('_')) return false;
  text.remove_prefix(1);
  return take_number(text, out.minor);
}

// PEP 600 leaves the oldest glibc open; these are what packaging.tags stops at (manylinux1 knew x86 alone).
int oldest_minor(std::string_view machine) {
  return machine == "x86_64" || machine == "i686" ? 5 : 17;
}

}  // namespace

std::optional<LibcVersion> LibcVersion::parse(std::string_view text) {
  const auto start = text.find_first_of("0123456789");
  if (start == std::string_view::npos) return std::nullopt;
  text.remove_prefix(start);
  LibcVersion out;
  if (!take_number(text, out.major) || !text.starts_with('.')) return std::nullopt;
  text.remove_prefix(1);
  if (!take_number(text, out.minor)) return std::nullopt;
  return out;
}

std::optional<LinuxPlatform> LinuxPlatform::parse(std::string_view platform) {
  LinuxPlatform out;
  const auto rest_is_machine = [&]() -> std::optional<LinuxPlatform> {
    if (platform.size() < 2 || platform.front() != '_') return std::nullopt;
    out.machine = platform.substr(1);
    return out;
  };
  for (const auto& legacy : legacy_names) {
    if (!platform.starts_with(legacy.name)) continue;
    out.family = Family::manylinux;
    out.libc = legacy.glibc;
    platform.remove_prefix(legacy.name.size());
    return rest_is_machine();
  }
  for (const auto& [name, family] : {std::pair<std::string_view, Family>{"manylinux", Family::manylinux},
                                     {"musllinux", Family::musllinux}}) {
    if (!platform.starts_with(name)) continue;
    out.family = family;
    platform.remove_prefix(name.size());
    if (!take_libc(platform, out.libc)) return std::nullopt;
    return rest_is_machine();
  }
  if (!platform.starts_with("linux")) return std::nullopt;
  platform.remove_prefix(5);
  return rest_is_machine();
}

std::vector<std::string> linux_platforms(const LibcVersion& glibc, std::string_view machine) {
  std::vector<std::string> out;
  const std::string suffix = "_" + std::string(machine);
  if (glibc.major == 2) {
    for (int minor = glibc.minor; minor >= oldest_minor(machine); --minor) {
      out.push_back("manylinux_2_" + std::to_string(minor) + suffix);
      for (const auto& legacy : legacy_names) {
        if (legacy.glibc.minor == minor) out.push_back(std::string(legacy.name) + suffix);
      }
    }
  }
  out.push_back("linux" + suffix);
  return out;
}

SupportedTags::SupportedTags(int major, int minor, const LibcVersion& glibc, std::string_view machine)
    : platforms_(linux_platforms(glibc, machine)) {
  for (std::size_t i = 0; i < platforms_.size(); ++i)
    platform_rank_.emplace(platforms_[i], i);
  const auto add = [&](std::string python, std::string abi, bool any) {
    pairs_.push_back({std::move(python), std::move(abi), any, size_});
    size_ += any ? 1 : platforms_.size();
  };
  const auto own = std::to_string(major) + std::to_string(minor);
  const auto cp = "cp" + own;
  // Up to 3.7 the ABI says that pymalloc is in.
  add(cp, major == 3 && minor < 8 ? cp + "m" : cp, false);
  add(cp, "abi3", false);
  add(cp, "none", false);
  for (int older = minor - 1; older > 1; --older) {
    add("cp" + std::to_string(major) + std::to_string(older), "abi3", false);
  }
  for (const bool any : {false, true}) {
    if (any) add(cp, "none", true);
    add("py" + own, "none", any);
    add("py" + std::to_string(major), "none", any);
    for (int older = minor - 1; older >= 0; --older) {
      add("py" + std::to_string(major) + std::to_string(older), "none", any);
    }
  }
}

SupportedTags::SupportedTags(const SupportedTags& other)
    : pairs_(other.pairs_), platforms_(other.platforms_), size_(other.size_) {
  for (std::size_t i = 0; i < platforms_.size(); ++i)
    platform_rank_.emplace(platforms_[i], i);
}

std::vector<Tag> SupportedTags::all() const {
  std::vector<Tag> out;
  out.reserve(size_);
  for (const auto& pair : pairs_) {
    if (pair.any) {
      out.push_back({pair.python, pair.abi, "any"});
      continue;
    }
    for (const auto& platform : platforms_)
      out.push_back({pair.python, pair.abi, platform});
  }
  return out;
}

std::optional<std::size_t> SupportedTags::rank(std::string_view python, std::string_view abi,
                                               std::string_view platform) const {
  std::size_t offset = 0;
  const bool any = platform == "any";
  if (!any) {
    const auto found = platform_rank_.find(platform);
    if (found == platform_rank_.end()) return std::nullopt;
    offset = found->second;
  }
  for (const auto& pair : pairs_) {
    if (pair.any == any && pair.python == python && pair.abi == abi) return pair.first + offset;
  }
  return std::nullopt;
}

std::optional<std::size_t> SupportedTags::rank(const WheelTags& wheel) const {
  std::optional<std::size_t> best;
  for (const auto& platform : wheel.platforms) {
    for (const auto& python : wheel.pythons) {
      for (const auto& abi : wheel.abis) {
        const auto one = rank(python, abi, platform);
        if (one && (!best || *one < *best)) best = one;
      }
    }
  }
  return best;
}

std::vector<std::string> SupportedTags::summary() const {
  std::vector<std::string> out;
  out.reserve(pairs_.size());
  for (const auto& pair : pairs_) {
    out.push_back(pair.python + '-' + pair.abi + '-' + (pair.any ? "any" : platforms_.front()));
  }
  return out;
}

}  // namespace mlrepro::python
