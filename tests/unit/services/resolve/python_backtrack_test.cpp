// Older versions where newer ones do not go together, and the same answer in whatever order the index
// speaks.
#include <gmock/gmock.h>

#include <numeric>

#include "fake_index.hpp"

namespace mlrepro {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Pair;

class PythonBacktrack : public PythonResolverTest {
 protected:
  static std::string number(int i) { return std::to_string(i); }

  // app 1.0 .. 1.(count-1): each tied to one minor of core, and core to a range of net, as boto3, botocore
  // and urllib3 are.
  void lockstep(int count, int change) {
    for (int i = 0; i < count; ++i) {
      const std::string minor = number(i);
      index.add("app", "1." + minor + ".0",
                {"core>=1." + minor + ".0,<1." + number(i + 1) + ".0", "jm>=0.7,<2"});
      index.add("core", "1." + minor + ".0", {i < change ? "net>=1.20,<1.25" : "net>=1.25.4,<3", "jm<2"});
    }
    for (const char* version : {"1.20", "1.24.3", "1.25.3", "1.25.4", "1.26.1", "2.0.7"})
      index.add("net", version);
    index.add("jm", "1.0.1");
  }
};

TEST_F(PythonBacktrack, TheNewestIsGivenUpForWhatTheOthersNeed) {
  index.add("a", "2", {"b<2"});
  index.add("a", "1", {"b"});
  index.add("b", "1");
  index.add("b", "2");
  index.add("c", "1", {"b>=2"});
  EXPECT_THAT(versions({"a", "c"}), ElementsAre(Pair("a", "1"), Pair("b", "2"), Pair("c", "1")));
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "2"), Pair("b", "1")));
}

TEST_F(PythonBacktrack, WhatTheManifestNamesIsNewestBeforeWhatItOnlyNeeds) {
  index.add("app", "1", {"lib", "z"});
  index.add("app", "2", {"lib<2", "z"});
  index.add("lib", "1", {"z"});
  index.add("lib", "2", {"z<2"});
  index.add("z", "1");
  index.add("z", "2");
  EXPECT_THAT(versions({"app"}), ElementsAre(Pair("app", "2"), Pair("lib", "1"), Pair("z", "2")));
}

TEST_F(PythonBacktrack, AMiddleVersionIsFoundAmongMany) {
  for (int i = 0; i < 200; ++i)
    index.add("a", number(i), {i == 77 ? "b==1" : "b==2"});
  index.add("b", "1");
  index.add("b", "2");
  EXPECT_THAT(versions({"a", "b<2"}), ElementsAre(Pair("a", "77"), Pair("b", "1")));
}

// As flask 2.0 takes click 7, which 2.0.0rc1 and 2.1 do not.
TEST_F(PythonBacktrack, OfStableVersionsPreReleasesTellNothing) {
  for (int i = 0; i < 40; ++i)
    index.add("a", "1." + number(i), {"b>=1"});
  index.add("a", "2.0rc1", {"b>=2"});
  for (int i = 0; i < 3; ++i)
    index.add("a", "2.0." + number(i), {"b>=1"});
  for (int i = 1; i < 40; ++i)
    index.add("a", "2." + number(i), {"b>=2"});
  index.add("b", "1");
  index.add("b", "2");
  EXPECT_THAT(versions({"a", "b<2"}), ElementsAre(Pair("a", "2.0.2"), Pair("b", "1")));
}

TEST_F(PythonBacktrack, WhatLiesBesideTheAnswerIsTriedToo) {
  for (int i = 0; i < 400; ++i)
    index.add("a", "1." + number(i), {i <= 150 || i == 152 ? "b<2" : "b>=2"});
  index.add("b", "1");
  index.add("b", "2");
  EXPECT_THAT(versions({"a", "b<2"}), ElementsAre(Pair("a", "1.152"), Pair("b", "1")));
}

TEST_F(PythonBacktrack, OfHeavyWheelsOnlyTheNextIsReadAtFirst) {
  for (int i = 0; i < 40; ++i) {
    FakeRelease release;
    release.requires_dist = {i == 39 ? "b>=2" : "b"};
    release.size = 600'000'000;
    index.add("a", number(i), release);
  }
  index.add("b", "1");
  index.add("b", "2");
  EXPECT_THAT(versions({"a", "b<2"}), ElementsAre(Pair("a", "38"), Pair("b", "1")));
  EXPECT_EQ(index.read.size(), 4U);  // a 39 and 38, b 2 and 1
}

TEST_F(PythonBacktrack, AnOldBoundFarDownIsMetWithFewReads) {
  lockstep(400, 150);
  const auto found = versions({"app", "net<1.25.4"});
  EXPECT_THAT(found, AllOf(Contains(Pair("net", "1.24.3")), Contains(Pair("app", "1.149.0")),
                           Contains(Pair("core", "1.149.0"))));
  EXPECT_LT(index.read.size(), 200U);
  EXPECT_LT(index.rounds, 60);
}

TEST_F(PythonBacktrack, VersionsInLockstepAreFoundThroughTheirGuesses) {
  for (int i = 0; i < 120; ++i) {
    index.add("dask", number(i), {i < 40 ? "pandas<2" : "pandas>=2"});
    index.add("distributed", number(i), {"dask==" + number(i)});
    index.add("expr", number(i), {"dask==" + number(i)});
  }
  index.add("pandas", "1.5");
  index.add("pandas", "2.2");
  EXPECT_THAT(
      versions({"distributed", "expr", "pandas<2"}),
      ElementsAre(Pair("dask", "39"), Pair("distributed", "39"), Pair("expr", "39"), Pair("pandas", "1.5")));
}

TEST_F(PythonBacktrack, CyclesOfDependenciesAreNoTrouble) {
  index.add("a", "1", {"b"});
  index.add("a", "2", {"b>=2", "a>=1"});
  index.add("b", "1", {"a"});
  index.add("b", "2", {"c"});
  index.add("c", "1", {"a<3", "b"});
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "2"), Pair("b", "2"), Pair("c", "1")));
}

TEST_F(PythonBacktrack, AVersionThatNeedsAnUnknownProjectIsLeftAside) {
  index.add("a", "3", {"ghost"});
  index.add("a", "2", {"b"});
  index.add("b", "1", {"phantom>=1"});
  index.add("a", "1");
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "1")));
}

TEST_F(PythonBacktrack, NothingIsTakenThatNobodyNeeds) {
  index.add("a", "2", {"b"});
  index.add("a", "1");
  index.add("b", "1", {"c<1"});
  index.add("c", "1");
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "1")));
}

TEST_F(PythonBacktrack, TheAnswerIsTheSameInEveryOrder) {
  lockstep(60, 20);
  for (int i = 0; i < 30; ++i) {
    index.add("x", number(i), {"y>=" + number(i / 2), i > 20 ? "net>=2" : "net<2"});
    index.add("y", number(i), {i % 3 == 0 ? "z<10" : "z>=5"});
    index.add("z", number(i));
  }
  std::vector<std::string> wishes{"app", "x", "y", "net<1.26"};
  const Versions first = versions(wishes);
  const auto read = index.read;
  ASSERT_EQ(first.size(), 7U);
  std::mt19937 random(7);
  for (std::uint32_t seed = 0; seed < 30; ++seed) {
    index.reorder(seed);
    std::shuffle(wishes.begin(), wishes.end(), random);
    EXPECT_EQ(versions(wishes), first) << seed;
    EXPECT_EQ(index.read, read) << seed;
  }
}

// Small worlds of chance, each beside every combination tried in turn.
class PythonOracle : public PythonResolverTest {
 protected:
  static constexpr int names = 5;
  using World =
      std::vector<std::vector<std::map<int, std::pair<int, int>>>>;  // [name][version][other] = from, to

  static World world(std::mt19937& random) {
    World result(names);
    const auto below = [&](unsigned limit) { return static_cast<int>(random() % limit); };
    for (int n = 0; n < names; ++n) {
      for (int v = 0, count = 1 + below(4); v < count; ++v) {
        auto& needs = result[static_cast<std::size_t>(n)].emplace_back();
        for (int k = below(4); k > 0; --k) {
          const int from = below(4);
          needs[below(names)] = {from, from + below(3)};
        }
      }
    }
    return result;
  }

  // Whether `chosen` (a version or -1 of each name) holds together and has names 0 and 1.
  static bool holds(const World& world, const std::vector<int>& chosen) {
    if (chosen[0] < 0 || chosen[1] < 0) return false;
    for (std::size_t n = 0; n < chosen.size(); ++n) {
      if (chosen[n] < 0) continue;
      for (const auto& [other, range] : world[n][static_cast<std::size_t>(chosen[n])]) {
        const int have = chosen[static_cast<std::size_t>(other)];
        if (have < range.first || have > range.second) return false;
      }
    }
    return true;
  }

  static bool can_be_met(const World& world) {
    std::vector<int> chosen(names, -1);
    for (;;) {
      if (holds(world, chosen)) return true;
      std::size_t at = 0;
      while (at < chosen.size() && ++chosen[at] == static_cast<int>(world[at].size()))
        chosen[at++] = -1;
      if (at == chosen.size()) return false;
    }
  }
};

TEST_F(PythonOracle, FindsAnAnswerWhereThereIsOneAndOnlyThere) {
  std::mt19937 random(20);
  int met = 0;
  constexpr int worlds = 400;
  for (int round = 0; round < worlds; ++round) {
    const World made = world(random);
    index = FakeIndex();
    for (std::size_t n = 0; n < made.size(); ++n) {
      for (std::size_t v = 0; v < made[n].size(); ++v) {
        std::vector<std::string> needs;
        for (const auto& [other, range] : made[n][v]) {
          needs.push_back("p" + std::to_string(other) + ">=" + std::to_string(range.first) +
                          ",<=" + std::to_string(range.second));
        }
        index.add("p" + std::to_string(n), std::to_string(v), needs);
      }
    }
    const auto result = resolve({"p0", "p1"});
    const auto* found = std::get_if<PythonSolution>(&result);
    ASSERT_EQ(found != nullptr, can_be_met(made)) << round;
    if (found == nullptr) continue;
    ++met;
    std::vector<int> chosen(names, -1);
    for (const auto& package : found->packages)
      chosen[static_cast<std::size_t>(package.name[1] - '0')] = std::stoi(package.version);
    EXPECT_TRUE(holds(made, chosen)) << round;
    // The first wish has its newest version that goes together with anything.
    for (int better = chosen[0] + 1; better < static_cast<int>(made[0].size()); ++better) {
      World forced = made;
      for (int v = 0; v < static_cast<int>(made[0].size()); ++v) {
        if (v != better) forced[0][static_cast<std::size_t>(v)][0] = {9, 9};
      }
      EXPECT_FALSE(can_be_met(forced)) << round << ": p0 " << better << " would do";
    }
  }
  EXPECT_GT(met, worlds / 5);
  EXPECT_LT(met, worlds);
}

}  // namespace
}  // namespace mlrepro
