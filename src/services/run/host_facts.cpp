#include "services/run/host_facts.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <thread>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace {

std::string cpu_model() {
  try {
    const std::string text = read_file("/proc/cpuinfo", 64U << 20);
    for (const auto line : split(text, '\n')) {
      if (!line.starts_with("model name")) continue;
      const auto colon = line.find(':');
      if (colon != std::string_view::npos) return std::string(trim(line.substr(colon + 1)));
    }
  } catch (const Error&) {
    // A machine without /proc/cpuinfo is recorded without a model.
    return "";
  }
  return "";
}

}  // namespace

HostFacts host_facts() {
  HostFacts facts;
  utsname names{};
  if (::uname(&names) == 0) {
    facts.kernel = std::string(names.sysname) + " " + names.release;
    facts.machine = names.machine;
  }
  facts.cpu = cpu_model();
  facts.cpus = std::thread::hardware_concurrency();
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page = ::sysconf(_SC_PAGESIZE);
  if (pages > 0 && page > 0)
    facts.memory = static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page);
  return facts;
}

}  // namespace mlrepro
