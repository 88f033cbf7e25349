#include "services/image/perturbation.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string_view>

namespace mlrepro {
namespace {

constexpr std::array<std::pair<const char*, const char*>, 10> variables{{
    {"HOME", "/nonexistent/perturbed"},
    {"LANG", "tr_TR.UTF-8"},
    {"LANGUAGE", "tr:de"},
    {"LC_ALL", "tr_TR.UTF-8"},
    {"LOGNAME", "perturbed"},
    {"PERL_HASH_SEED", "11"},
    {"PYTHONHASHSEED", "11"},
    {"SOURCE_DATE_EPOCH", "1"},
    {"TZ", "Pacific/Kiritimati"},
    {"USER", "perturbed"},
}};
constexpr std::string_view host_name = "perturbed.mlrepro.test";

}  // namespace

Perturbation::Perturbation() : umask_(::umask(077)) {
  changed_.emplace_back("umask");
  change_environment();
  change_host_name();
  use_one_processor();
}

Perturbation::~Perturbation() {
  ::umask(umask_);
  for (const auto& [name, value] : variables_) {
    if (value) {
      ::setenv(name, value->c_str(), 1);
    } else {
      ::unsetenv(name);
    }
  }
  if (host_.valid()) ::setns(host_.get(), CLONE_NEWUTS);
  if (processors_) ::sched_setaffinity(0, sizeof *processors_, &*processors_);
}

void Perturbation::change_environment() {
  for (const auto& [name, value] : variables) {
    const char* before = ::getenv(name);
    variables_.emplace_back(name, before == nullptr ? std::nullopt : std::optional<std::string>(before));
    ::setenv(name, value, 1);
  }
  changed_.emplace_back("environment");
}

void Perturbation::change_host_name() {
  UniqueFd before(::open("/proc/thread-self/ns/uts", O_RDONLY | O_CLOEXEC));
  if (!before.valid() || ::unshare(CLONE_NEWUTS) != 0) return;
  host_ = std::move(before);
  if (::sethostname(host_name.data(), host_name.size()) == 0) changed_.emplace_back("host name");
}

void Perturbation::use_one_processor() {
  cpu_set_t all;
  if (::sched_getaffinity(0, sizeof all, &all) != 0 || CPU_COUNT(&all) < 2) return;
  int last = CPU_SETSIZE - 1;
  while (!CPU_ISSET(static_cast<std::size_t>(last), &all))
    --last;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<std::size_t>(last), &one);
  if (::sched_setaffinity(0, sizeof one, &one) != 0) return;
  processors_ = all;
  changed_.emplace_back("processors");
}

}  // namespace mlrepro
