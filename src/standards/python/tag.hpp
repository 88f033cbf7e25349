// Compatibility tags of a target: PEP 425, PEP 600 (manylinux), in the order of packaging.tags.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "standards/python/wheel_name.hpp"

namespace mlrepro::python {

struct Tag {
  std::string python;    // "cp311"
  std::string abi;       // "cp311", "abi3", "none"
  std::string platform;  // "manylinux_2_17_x86_64", "any"

  [[nodiscard]] std::string str() const { return python + '-' + abi + '-' + platform; }
  bool operator==(const Tag&) const = default;
};

struct LibcVersion {
  int major = 0;
  int minor = 0;
  // "2.36", "glibc 2.36", "2.36-9+deb12u13": the first two numbers. Absent where there are none.
  [[nodiscard]] static std::optional<LibcVersion> parse(std::string_view text);
};

// A platform tag for Linux taken apart. musllinux (PEP 656) is read so that a message can name it; no glibc
// target accepts it.
struct LinuxPlatform {
  enum class Family { linux, manylinux, musllinux } family = Family::linux;
  LibcVersion libc;     // least that the wheel asks for; 0.0 for plain linux
  std::string machine;  // "x86_64"

  // "manylinux2014_x86_64" is manylinux 2.17, "manylinux1_" 2.5, "manylinux2010_" 2.12. Absent for other
  // systems and bad tags.
  [[nodiscard]] static std::optional<LinuxPlatform> parse(std::string_view platform);
};

// manylinux_2_36_x86_64, ..., with the legacy names where they fall, then linux_x86_64.
[[nodiscard]] std::vector<std::string> linux_platforms(const LibcVersion& glibc, std::string_view machine);

class SupportedTags {
 public:
  // CPython 3.`minor` (of `major` 3) on glibc and `machine` ("x86_64", "aarch64").
  SupportedTags(int major, int minor, const LibcVersion& glibc, std::string_view machine);

  // All of them, most specific first.
  [[nodiscard]] std::vector<Tag> all() const;
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  // Rank of the wheel's best tag, 0 the most specific; absent where none is supported. Cheap: no allocation.
  [[nodiscard]] std::optional<std::size_t> rank(const WheelTags& wheel) const;
  [[nodiscard]] std::optional<std::size_t> rank(std::string_view python, std::string_view abi,
                                                std::string_view platform) const;
  // "cp311-cp311-manylinux_2_36_x86_64", ...: the newest platform for each python-abi pair, in order. Fixes
  // the target.
  [[nodiscard]] std::vector<std::string> summary() const;

 private:
  struct Pair {  // one python-abi pair with all platforms, or with "any" alone
    std::string python;
    std::string abi;
    bool any = false;
    std::size_t first = 0;  // rank of its first tag
  };
  std::vector<Pair> pairs_;
  std::vector<std::string> platforms_;
  std::unordered_map<std::string_view, std::size_t> platform_rank_;  // keys view platforms_
  std::size_t size_ = 0;

 public:
  SupportedTags(const SupportedTags& other);
  SupportedTags& operator=(const SupportedTags&) = delete;
  SupportedTags(SupportedTags&&) noexcept = default;
  SupportedTags& operator=(SupportedTags&&) noexcept = default;
  ~SupportedTags() = default;
};

}  // namespace mlrepro::python
