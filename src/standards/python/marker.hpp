// PEP 508 environment markers ("python_version >= '3.8' and extra == 'dev'").
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro::python {

enum class MarkerVariable : std::uint8_t {
  os_name,
  sys_platform,
  platform_machine,
  platform_python_implementation,
  platform_release,
  platform_system,
  platform_version,
  python_version,
  python_full_version,
  implementation_name,
  implementation_version,
  extra,
};

// What the target answers. Kernel facts (platform_release, platform_version) are empty, since a lock may not
// depend on them.
struct MarkerEnvironment {
  std::string os_name = "posix";
  std::string sys_platform = "linux";
  std::string platform_machine;  // "x86_64"
  std::string platform_python_implementation = "CPython";
  std::string platform_release;
  std::string platform_system = "Linux";
  std::string platform_version;
  std::string python_version;       // "3.11"
  std::string python_full_version;  // "3.11.2"
  std::string implementation_name = "cpython";
  std::string implementation_version;  // "3.11.2"
};

// CPython `full_version` ("3.11.2", also "3.13.0rc1" or "3.11.2+": what follows the version is dropped) on
// Linux.
[[nodiscard]] MarkerEnvironment linux_cpython(std::string_view full_version, std::string_view machine);

class Marker {
 public:
  // Absent where it is not PEP 508 (old spellings os.name, sys.platform, platform.version, platform.machine,
  // platform.python_implementation, python_implementation are known), or nested deeper than 64.
  [[nodiscard]] static std::optional<Marker> parse(std::string_view text);

  // With the extras asked for: true where it holds for one of them, or with no extra where `extras` is empty.
  // Extras compare normalised. python_version, python_full_version, implementation_version and
  // platform_release compare as versions where both sides are such. All else compares as text, which has no
  // order: <= and >= are equality, <, > and ~= are false.
  [[nodiscard]] bool evaluate(const MarkerEnvironment& environment,
                              std::span<const std::string> extras = {}) const;
  [[nodiscard]] bool evaluate(const MarkerEnvironment& environment, std::string_view extra) const;
  [[nodiscard]] bool uses(MarkerVariable variable) const noexcept;
  // Whether `extra` decides: it holds with some extra that it names, and does not hold with none.
  [[nodiscard]] bool only_for_extra(const MarkerEnvironment& environment) const;
  // Normalised names that it compares `extra` with, sorted, no repeats.
  [[nodiscard]] std::vector<std::string> extras() const;
  // `python_version >= "3.8" and (os_name == "nt" or extra == "dev")`, no parentheses but those that are
  // needed.
  [[nodiscard]] std::string str() const;

 private:
  friend class MarkerParser;
  enum class Operator : std::uint8_t {
    equal,
    not_equal,
    less_equal,
    greater_equal,
    less,
    greater,
    compatible,
    arbitrary,
    in,
    not_in,
  };
  struct Operand {
    std::optional<MarkerVariable> variable;
    std::string literal;
  };
  struct Comparison {
    Operand left;
    Operator op = Operator::equal;
    Operand right;
  };
  // Postfix order keeps evaluation free of recursion: `comparison` >= 0 pushes that comparison, and_ / or_
  // join the top two.
  static constexpr int and_ = -1;
  static constexpr int or_ = -2;
  std::vector<Comparison> comparisons_;
  std::vector<int> postfix_;

  static bool compare(const Comparison& comparison, const MarkerEnvironment& environment,
                      std::string_view extra);
};

}  // namespace mlrepro::python
