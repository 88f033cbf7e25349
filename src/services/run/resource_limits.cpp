#include "services/run/resource_limits.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "adapters/container/process_limits.hpp"
#include "adapters/container/runtime.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "services/run/docker_syntax.hpp"

namespace mlrepro {
namespace {

constexpr std::uint64_t least_memory = std::uint64_t{6} << 20;
constexpr unsigned cap_sys_resource = 24;

[[noreturn]] void bad_ulimit(const std::string& text, const std::string& why) {
  throw Error(ErrorKind::input, "bad-ulimit", "--ulimit " + text + ": " + why,
              "for example --ulimit nofile=1024:4096; -1 is unlimited");
}

std::uint64_t limit_value(const std::string& text, std::string_view value) {
  if (value == "-1") return oci::no_limit;
  const auto number = parse_number(value);
  if (!number) bad_ulimit(text, "\"" + std::string(value) + "\" is no number");
  return *number;
}

oci::ProcessLimit parse_ulimit(const std::string& text) {
  check_text(text, "bad-ulimit", "--ulimit " + text);
  const auto equals = text.find('=');
  if (equals == std::string::npos) bad_ulimit(text, "not NAME=SOFT[:HARD]");
  const std::string name = text.substr(0, equals);
  const auto kinds = limit_kinds();
  const auto kind =
      std::find_if(kinds.begin(), kinds.end(), [&](const LimitKind& each) { return name == each.name; });
  if (kind == kinds.end()) {
    std::vector<std::string> names;
    for (const auto& each : kinds)
      names.emplace_back(each.name);
    bad_ulimit(text, "there is no limit \"" + name + "\", only " + join(names, ", "));
  }
  const std::string_view values = std::string_view(text).substr(equals + 1);
  const auto colon = values.find(':');
  oci::ProcessLimit limit;
  limit.type = kind->oci_name;
  limit.soft = limit_value(text, values.substr(0, colon));
  limit.hard = colon == std::string_view::npos ? limit.soft : limit_value(text, values.substr(colon + 1));
  if (limit.soft > limit.hard) bad_ulimit(text, "the soft limit is above the hard one");
  return limit;
}

// Raising a hard limit takes CAP_SYS_RESOURCE of the machine's own user namespace.
bool may_raise() {
  if (in_user_namespace()) return false;
  const std::string status = read_file("/proc/self/status", 1U << 16);
  for (const auto line : split(status, '\n')) {
    if (!line.starts_with("CapEff:")) continue;
    const std::string_view digits = trim(line.substr(7));
    std::uint64_t held = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), held, 16);
    return (held >> cap_sys_resource & 1U) != 0;
  }
  return false;
}

}  // namespace

std::vector<oci::ProcessLimit> parse_ulimits(const std::vector<std::string>& texts) {
  std::vector<oci::ProcessLimit> limits;
  for (const auto& text : texts) {
    const oci::ProcessLimit limit = parse_ulimit(text);
    std::erase_if(limits, [&](const auto& earlier) { return earlier.type == limit.type; });
    limits.push_back(limit);
  }
  return limits;
}

std::vector<std::string> ulimit_texts(const std::vector<oci::ProcessLimit>& limits) {
  const auto text_of = [](std::uint64_t value) {
    return value == oci::no_limit ? std::string("-1") : std::to_string(value);
  };
  std::vector<std::string> texts;
  for (const auto& limit : limits) {
    const auto kinds = limit_kinds();
    const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                   [&](const LimitKind& each) { return limit.type == each.oci_name; });
    if (kind != kinds.end())
      texts.push_back(std::string(kind->name) + "=" + text_of(limit.soft) + ":" + text_of(limit.hard));
  }
  return texts;
}

std::uint64_t parse_memory_limit(const std::string& text) {
  const auto bytes = parse_size(text);
  if (bytes && *bytes >= least_memory) return *bytes;
  throw Error(ErrorKind::input, "bad-memory",
              "--memory " + text + (bytes ? " is less than the 6m that a container needs" : " is not a size"),
              "for example --memory 2g");
}

double parse_cpus(const std::string& text, unsigned available) {
  double cpus = 0;
  const auto end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, cpus, std::chars_format::fixed);
  if (read.ec == std::errc() && read.ptr == end && cpus >= 0.01 && cpus <= available) return cpus;
  throw Error(ErrorKind::input, "bad-cpus",
              "--cpus " + text + " is not between 0.01 and " + std::to_string(available),
              "this machine has " + std::to_string(available) + " CPUs; for example --cpus 1.5");
}

void check_ulimits(const std::vector<oci::ProcessLimit>& limits) {
  for (const auto& limit : limits) {
    const auto kinds = limit_kinds();
    const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                   [&](const LimitKind& each) { return limit.type == each.oci_name; });
    rlimit ours{};
    if (kind == kinds.end() || ::getrlimit(static_cast<__rlimit_resource_t>(kind->resource), &ours) != 0)
      continue;
    if (limit.hard <= ours.rlim_max || may_raise()) continue;
    throw Error(ErrorKind::input, "ulimit-too-high",
                "--ulimit " + std::string(kind->name) + ": the hard limit here is " +
                    std::to_string(ours.rlim_max) + " and may not be raised",
                "ask for less, or for more by ulimit -H before mlrepro is started, as root of the machine");
  }
}

}  // namespace mlrepro
