#include "adapters/container/seccomp_program.hpp"

#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapters/container/runtime.hpp"
#include "adapters/container/seccomp_library.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/handle.hpp"
#include "codec/digest.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

struct Release {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, Release>;

void check(int result, const std::string& what) {
  if (result >= 0) return;
  throw Error(ErrorKind::internal, "seccomp",
              "the filter of system calls: " + what + ": " + std::strerror(-result));
}

std::uint32_t action_of(const Json& rule, const char* action, const char* status) {
  const std::string name = rule.at(action).get<std::string>();
  if (name == "SCMP_ACT_ALLOW") return SCMP_ACT_ALLOW;
  if (name == "SCMP_ACT_ERRNO") return SCMP_ACT_ERRNO(rule.value(status, static_cast<unsigned>(EPERM)));
  throw Error(ErrorKind::internal, "seccomp", "the action " + name + " is not known");
}

std::uint32_t architecture_of(const std::string& name) {
  static const std::map<std::string, std::uint32_t> known{{"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64},
                                                          {"SCMP_ARCH_X86", SCMP_ARCH_X86},
                                                          {"SCMP_ARCH_X32", SCMP_ARCH_X32},
                                                          {"SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64},
                                                          {"SCMP_ARCH_ARM", SCMP_ARCH_ARM}};
  const auto found = known.find(name);
  if (found == known.end())
    throw Error(ErrorKind::internal, "seccomp", "the architecture " + name + " is not known");
  return found->second;
}

std::vector<scmp_arg_cmp> comparisons_of(const Json& rule) {
  static const std::map<std::string, scmp_compare> known{{"SCMP_CMP_NE", SCMP_CMP_NE},
                                                         {"SCMP_CMP_LT", SCMP_CMP_LT},
                                                         {"SCMP_CMP_LE", SCMP_CMP_LE},
                                                         {"SCMP_CMP_EQ", SCMP_CMP_EQ},
                                                         {"SCMP_CMP_GE", SCMP_CMP_GE},
                                                         {"SCMP_CMP_GT", SCMP_CMP_GT},
                                                         {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ}};
  std::vector<scmp_arg_cmp> comparisons;
  if (!rule.contains("args")) return comparisons;
  for (const auto& argument : rule.at("args")) {
    scmp_arg_cmp comparison{};
    comparison.arg = argument.at("index").get<unsigned>();
    comparison.op = known.at(argument.at("op").get<std::string>());
    comparison.datum_a = argument.at("value").get<std::uint64_t>();
    comparison.datum_b = argument.value("valueTwo", std::uint64_t{0});
    comparisons.push_back(comparison);
  }
  return comparisons;
}

// Any ioctl but TIOCSTI. The kernel looks at 32 bits of the request and a filter compares 64: allowed is what
// differs in any one of the 32.
void allow_other_ioctls(const Filter& filter) {
  const int call = seccomp_syscall_resolve_name("ioctl");
  for (unsigned bit = 0; bit < 32; ++bit) {
    const std::uint64_t mask = std::uint64_t{1} << bit;
    scmp_arg_cmp comparison{};
    comparison.arg = 1;
    comparison.op = SCMP_CMP_MASKED_EQ;
    comparison.datum_a = mask;
    comparison.datum_b = ~std::uint64_t{TIOCSTI} & mask;
    check(seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, call, 1, &comparison), "ioctl");
  }
}

}  // namespace

std::string seccomp_program(const Json& profile, bool shared_terminal) {
  load_seccomp();
  const Filter filter(seccomp_init(action_of(profile, "defaultAction", "defaultErrnoRet")));
  if (!filter) throw Error(ErrorKind::internal, "seccomp", "libseccomp makes no filter");
  for (const auto& name : profile.at("architectures")) {
    const std::uint32_t architecture = architecture_of(name.get<std::string>());
    if (architecture == seccomp_arch_native()) continue;
    check(seccomp_arch_add(filter.get(), architecture), "architecture");
  }
  check(seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimise");
  for (const auto& rule : profile.at("syscalls")) {
    const std::uint32_t action = action_of(rule, "action", "errnoRet");
    const auto comparisons = comparisons_of(rule);
    for (const auto& name : rule.at("names")) {
      const auto& text = name.get_ref<const std::string&>();
      if (shared_terminal && text == "ioctl") {
        allow_other_ioctls(filter);
        continue;
      }
      const int call = seccomp_syscall_resolve_name(text.c_str());
      // One that this library does not know cannot be allowed; runtimes pass it over alike.
      if (call == __NR_SCMP_ERROR) continue;
      const int added = seccomp_rule_add_array(filter.get(), action, call,
                                               static_cast<unsigned>(comparisons.size()), comparisons.data());
      if (added == -EACCES) continue;  // what is the default already
      check(added, text);
    }
  }
  const UniqueFd file(::memfd_create("seccomp", MFD_CLOEXEC));
  if (!file.valid()) throw system_error(errno, "make a file in memory");
  check(seccomp_export_bpf(filter.get(), file.get()), "export");
  if (::lseek(file.get(), 0, SEEK_SET) != 0) throw system_error(errno, "seek");
  std::string program;
  read_chunks(file.get(), "the filter of system calls", [&](std::string_view piece) { program += piece; });
  return program;
}

std::string kept_seccomp_program(const Json& profile, bool shared_terminal, const fs::path& state) {
  const fs::path file = state / (shared_terminal ? "filter-terminal" : "filter");
  const std::string asked = "mlrepro-filter 1 " + sha256(boot_id() + " " + profile.dump()).hex() + " ";
  std::error_code ignored;
  if (fs::exists(file, ignored)) {
    const std::string kept = read_file(file, 1U << 20);
    const auto line = std::min(kept.find('\n'), kept.size());
    std::string program = kept.substr(std::min(line + 1, kept.size()));
    if (kept.substr(0, line) == asked + sha256(program).hex()) return program;
  }
  std::string program = seccomp_program(profile, shared_terminal);
  write_file_atomically(file, asked + sha256(program).hex() + "\n" + program);
  return program;
}

}  // namespace mlrepro
