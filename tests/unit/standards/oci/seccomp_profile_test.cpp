#include "standards/oci/seccomp_profile.hpp"

#include <gtest/gtest.h>

#include <set>

namespace mlrepro::oci {
namespace {

// What a call without regard to its arguments comes to.
std::string action(const Json& profile, const std::string& call) {
  for (const auto& rule : profile["syscalls"]) {
    if (rule.contains("args")) continue;
    for (const auto& name : rule["names"]) {
      if (name == call) return rule["action"].get<std::string>();
    }
  }
  return profile["defaultAction"].get<std::string>();
}

std::size_t conditional_rules(const Json& profile, const std::string& call) {
  std::size_t count = 0;
  for (const auto& rule : profile["syscalls"]) {
    if (rule.contains("args") && rule["names"] == Json::array({call})) ++count;
  }
  return count;
}

TEST(SeccompProfile, AllowsWhatTrainingsNeedAndRefusesWhatChangesTheMachine) {
  const Json profile = seccomp_profile({"CAP_CHOWN", "CAP_SYS_CHROOT"}, "x86_64");
  EXPECT_EQ(profile["defaultErrnoRet"], 1);
  for (const char* call : {"execve", "mmap", "futex", "ptrace", "process_vm_readv", "chroot", "arch_prctl"})
    EXPECT_EQ(action(profile, call), "SCMP_ACT_ALLOW") << call;
  for (const char* call : {"mount",
                           "umount2",
                           "unshare",
                           "setns",
                           "reboot",
                           "kexec_load",
                           "kexec_file_load",
                           "swapon",
                           "keyctl",
                           "add_key",
                           "request_key",
                           "bpf",
                           "init_module",
                           "io_uring_setup",
                           "userfaultfd",
                           "pivot_root",
                           "open_by_handle_at",
                           "settimeofday",
                           "acct",
                           "iopl",
                           "vhangup",
                           "get_mempolicy",
                           "perf_event_open",
                           "nfsservctl",
                           "clone",
                           "socket",
                           "personality",
                           "kcmp",
                           "syslog",
                           "no_such_call"})
    EXPECT_EQ(action(profile, call), "SCMP_ACT_ERRNO") << call;
}

TEST(SeccompProfile, JudgesArguments) {
  const Json profile = seccomp_profile({}, "x86_64");
  EXPECT_EQ(conditional_rules(profile, "personality"), 5U);
  EXPECT_EQ(conditional_rules(profile, "socket"), 1U);
  EXPECT_EQ(conditional_rules(profile, "clone"), 1U);
  for (const auto& rule : profile["syscalls"]) {
    if (rule["names"] == Json::array({"clone"})) {
      EXPECT_EQ(rule["args"][0]["value"], 0x7e020000);
    }
    if (rule["names"] == Json::array({"clone3"})) {
      EXPECT_EQ(rule["errnoRet"], 38);
    }
  }
}

TEST(SeccompProfile, CapabilitiesBringTheirCalls) {
  const Json profile = seccomp_profile({"CAP_SYS_ADMIN", "CAP_SYS_BOOT"}, "aarch64");
  for (const char* call : {"mount", "unshare", "clone", "clone3", "reboot", "set_tls"})
    EXPECT_EQ(action(profile, call), "SCMP_ACT_ALLOW") << call;
  EXPECT_EQ(action(profile, "modify_ldt"), "SCMP_ACT_ERRNO");
  EXPECT_EQ(profile["architectures"], Json::array({"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"}));
}

TEST(SeccompProfile, NoCallIsNamedTwice) {
  std::set<std::string> seen;
  const Json profile = seccomp_profile({}, "x86_64");
  for (const auto& rule : profile["syscalls"]) {
    if (rule.contains("args")) continue;
    for (const auto& name : rule["names"])
      EXPECT_TRUE(seen.insert(name.get<std::string>()).second) << name;
  }
}

}  // namespace
}  // namespace mlrepro::oci
