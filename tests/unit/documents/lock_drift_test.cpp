#include "documents/lockfile/lock_drift.hpp"

#include <gtest/gtest.h>

namespace mlrepro {
namespace {

Json inputs(const std::vector<std::string>& requirements,
            const std::vector<std::string>& packages = {"python3"},
            const std::vector<std::string>& constraints = {}) {
  Json json = {{"platforms", {"linux/amd64"}},
               {"os", {{"suite", "bookworm"}, {"packages", packages}}},
               {"python", {{"requirements", requirements}}}};
  if (!constraints.empty()) json["python"]["constraints"] = constraints;
  return json;
}

// Locked: numpy 2.1 and rich[jupyter] 13.0 asked for, scipy 1.14 needed by others; python3 3.11.2-1.
Lockfile sample() {
  Lockfile lock;
  lock.inputs = inputs({"numpy>=2", "rich[jupyter]"});
  OsPackage python3;
  python3.name = "python3";
  python3.version = "3.11.2-1";
  python3.requested = true;
  lock.os = OsSection{"debian", "bookworm", "amd64", {}, {python3}};
  lock.python = PythonSection{};
  lock.python->interpreter = {"python3.11", "3.11.2", "cpython", "glibc 2.36", {}};
  for (const auto& [name, version, requested] :
       {std::tuple{"numpy", "2.1", true}, {"rich", "13.0", true}, {"scipy", "1.14", false}}) {
    PythonPackage package;
    package.name = name;
    package.version = version;
    package.requested = requested;
    if (package.name == "rich") package.extras = {"jupyter"};
    lock.python->packages.push_back(package);
  }
  return lock;
}

std::string drift(const Json& wanted) {
  std::string text;
  for (const auto& found : drift_of(sample(), wanted))
    text += found.key + ": " + found.detail + "\n";
  return text;
}

TEST(LockDrift, TheSameInputsAreNone) {
  EXPECT_EQ(drift(sample().inputs), "");
}

TEST(LockDrift, OfOneTargetNamesIt) {
  Lockfile lock = sample();
  lock.inputs["platforms"] = {"linux/amd64", "linux/arm64"};
  lock.targets.push_back({"linux/arm64", lock.os, lock.python, {}});
  lock.targets[0].python->packages[0].version = "2.0";
  Json wanted = lock.inputs;
  EXPECT_TRUE(drift_of(lock, wanted).empty());
  wanted["python"]["requirements"] = {"numpy>=2.1", "rich[jupyter]"};
  const auto found = drift_of(lock, wanted);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].detail, "the manifest adds \"numpy>=2.1\", the lock has 2.0 (linux/arm64 python3.11)");
  EXPECT_TRUE(drift_of_target(lock, lock.views()[0], wanted).empty());
  EXPECT_EQ(drift_of_target(lock, lock.views()[1], wanted).size(), 1U);
  wanted["platforms"] = {"linux/arm64"};
  EXPECT_TRUE(drift_of_target(lock, lock.views()[0], wanted).empty());
  lock.targets.clear();
  EXPECT_EQ(drift_of(lock, lock.inputs)[0].key, "platforms");
}

TEST(LockDrift, ARequirementThatTheLockStillMeetsIsNone) {
  EXPECT_EQ(drift(inputs({"numpy", "rich"})), "");
  EXPECT_EQ(drift(inputs({"numpy>=2.0,<3", "rich[jupyter]>=12"})), "");
  EXPECT_EQ(drift(inputs({"Numpy==2.1", "rich[jupyter]"}, {"python3 (>= 3.11)"})), "");
}

TEST(LockDrift, ARequirementThatTheLockDoesNotMeetSaysWhatItHas) {
  EXPECT_EQ(drift(inputs({"numpy>=2.2", "rich[jupyter]"})),
            "python.requirements: the manifest adds \"numpy>=2.2\", the lock has 2.1\n");
  EXPECT_EQ(drift(inputs({"numpy>=2", "rich[docs]"})),
            "python.requirements: the manifest adds \"rich[docs]\", the lock has it without that extra\n");
  EXPECT_EQ(drift(inputs({"numpy>=2", "rich[jupyter]"}, {"python3 (>= 3.12)"})),
            "os.packages: the manifest adds \"python3 (>= 3.12)\", the lock has 3.11.2-1\n");
}

TEST(LockDrift, NewAndGonePackagesAreNamed) {
  EXPECT_EQ(drift(inputs({"numpy>=2", "rich[jupyter]", "pandas"})),
            "python.requirements: the manifest adds \"pandas\"\n");
  EXPECT_EQ(drift(inputs({"numpy>=2", "rich[jupyter]", "scipy"})),
            "python.requirements: the manifest adds \"scipy\", the lock has it for others only\n");
  EXPECT_EQ(drift(inputs({"numpy>=2"})),
            "python.requirements: the manifest no longer has \"rich[jupyter]\"\n");
  EXPECT_EQ(drift(inputs({"numpy>=2", "rich[jupyter]"}, {"python3", "git"})),
            "os.packages: the manifest adds \"git\"\n");
}

TEST(LockDrift, ARequirementForAnotherSystemIsNone) {
  EXPECT_EQ(drift(inputs({"numpy>=2", "rich[jupyter]", "pywin32; sys_platform == 'win32'"})), "");
}

TEST(LockDrift, ConstraintsAreJudgedByWhatIsLocked) {
  EXPECT_EQ(drift(inputs({"numpy>=2", "rich[jupyter]"}, {"python3"}, {"scipy<2", "torch<1"})), "");
  EXPECT_EQ(drift(inputs({"numpy>=2", "rich[jupyter]"}, {"python3"}, {"scipy<1.14"})),
            "python.constraints: the manifest adds \"scipy<1.14\", the lock has 1.14\n");
}

TEST(LockDrift, PlacesAreJudgedByWhatIsLocked) {
  Lockfile lock = sample();
  PythonPackage& package = lock.python->packages[0];
  const std::string commit(40, 'a');
  package.origin =
      PythonOrigin{"", "", VcsPin{"https://example.org/n.git", commit, std::string(40, 'b')}, "sub"};
  lock.inputs = inputs({"numpy @ git+https://example.org/n.git@main#subdirectory=sub", "rich"});
  const auto against = [&](const std::string& line) {
    std::string text;
    for (const auto& found : drift_of(lock, inputs({line, "rich"})))
      text += found.detail + "\n";
    return text;
  };
  EXPECT_EQ(against("numpy @ git+https://example.org/n.git@main#subdirectory=sub"), "");
  EXPECT_EQ(against("git+https://example.org/n.git@" + commit + "#subdirectory=sub"), "");
  for (const std::string other : {"numpy @ git+https://example.org/n.git@dev#subdirectory=sub",
                                  "numpy @ git+https://example.org/n.git@main", "numpy @ ./numpy",
                                  "numpy @ https://example.org/numpy-2.1.tar.gz"}) {
    EXPECT_EQ(against(other), "the manifest adds \"" + other +
                                  "\", the lock has it from https://example.org/n.git at " + commit + "\n");
  }
  EXPECT_EQ(against("numpy>=2"),
            "the manifest no longer has \"numpy @ git+https://example.org/n.git@main#subdirectory=sub\"\n");
}

TEST(LockDrift, AnyOtherKeyCounts) {
  auto wanted = sample().inputs;
  wanted["exclude-newer"] = "2026-01-01T00:00:00Z";
  wanted["os"]["suite"] = "trixie";
  EXPECT_EQ(drift(wanted),
            "exclude-newer: the manifest adds 2026-01-01T00:00:00Z\n"
            "os.suite: locked for bookworm, the manifest says trixie\n");
}

}  // namespace
}  // namespace mlrepro
