#include "documents/lockfile/lock_graph.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace mlrepro {
namespace {

PythonPackage python_package(const std::string& name, std::vector<std::string> requirements, bool requested,
                             std::vector<std::string> required_by) {
  PythonPackage package;
  package.name = name;
  package.version = "1.0";
  package.requires_ = std::move(requirements);
  package.requested = requested;
  package.required_by = std::move(required_by);
  return package;
}

OsPackage os_package(const std::string& name, bool requested, bool essential,
                     std::vector<std::string> required_by) {
  OsPackage package;
  package.name = name;
  package.version = "1-1";
  package.requested = requested;
  package.essential = essential;
  package.required_by = std::move(required_by);
  return package;
}

// OS: app and base need libc; a and b need each other and nothing needs them.
// Python: top needs middle, middle and other need leaf.
Lockfile sample() {
  Lockfile lock;
  lock.os = OsSection{};
  lock.os->packages = {os_package("a", false, false, {"b"}), os_package("app", true, false, {}),
                       os_package("b", false, false, {"a"}), os_package("base", false, true, {}),
                       os_package("libc", false, false, {"app", "base"})};
  lock.python = PythonSection{};
  lock.python->packages = {python_package("leaf-x", {}, false, {"middle", "other"}),
                           python_package("middle", {"leaf-x[fast]>=1"}, false, {"top"}),
                           python_package("other", {"leaf-x"}, true, {}),
                           python_package("top", {"middle<2"}, true, {})};
  return lock;
}

std::vector<std::string> names(const LockGraph& graph, const std::vector<std::size_t>& indexes) {
  std::vector<std::string> out;
  for (const auto index : indexes)
    out.push_back(graph.packages()[index].name);
  return out;
}

std::vector<std::string> words(const LockGraph& graph, const LockChain& chain) {
  std::vector<std::string> out;
  for (const auto& step : chain)
    out.push_back(graph.packages()[step.package].name + " " + step.requirement);
  return out;
}

TEST(LockGraph, RootsReachEveryPackage) {
  const LockGraph graph(sample());
  EXPECT_EQ(names(graph, graph.roots(Ecosystem::os)), (std::vector<std::string>{"app", "base", "a"}));
  EXPECT_EQ(names(graph, graph.roots(Ecosystem::python)), (std::vector<std::string>{"other", "top"}));
}

TEST(LockGraph, ChainsTellEachStepsRequirementAndTheShortestFirst) {
  const LockGraph graph(sample());
  const auto chains = graph.chains_to(graph.named("Leaf_X").front());
  ASSERT_EQ(chains.size(), 2U);
  EXPECT_EQ(words(graph, chains[0]), (std::vector<std::string>{"other ", "leaf-x leaf-x"}));
  EXPECT_EQ(words(graph, chains[1]),
            (std::vector<std::string>{"top ", "middle middle<2", "leaf-x leaf-x[fast]>=1"}));
}

TEST(LockGraph, RequestedRootsComeBeforeEssentialOnes) {
  const LockGraph graph(sample());
  const auto chains = graph.chains_to(graph.named("libc").front());
  ASSERT_EQ(chains.size(), 2U);
  EXPECT_EQ(words(graph, chains[0]).front(), "app ");
  EXPECT_EQ(words(graph, chains[1]).front(), "base ");
}

TEST(LockGraph, AChainDoesNotPassAnotherRoot) {
  auto lock = sample();
  lock.python->packages[1].requested = true;  // middle
  const LockGraph graph(lock);
  for (const auto& chain : graph.chains_to(graph.named("leaf-x").front()))
    EXPECT_NE(words(graph, chain).front(), "top ");
}

TEST(LockGraph, APackageThatNobodyLockedIsRefusedWithTheNearestName) {
  const LockGraph graph(sample());
  EXPECT_TRUE(graph.find("midle").empty());
  try {
    (void)graph.named("midle");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "no-package");
    EXPECT_NE(error.hint().find("middle"), std::string::npos);
  }
}

}  // namespace
}  // namespace mlrepro
