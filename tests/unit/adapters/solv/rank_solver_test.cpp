#include "adapters/solv/rank_solver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <utility>

#include "base/error.hpp"

namespace mlrepro {
namespace {

using ::testing::ElementsAre;

// Candidates by (name, rank), requirements by a range of ranks.
class Builder {
 public:
  int add(int name, int rank) {
    problem.candidates.push_back({name, rank, {}});
    return static_cast<int>(problem.candidates.size()) - 1;
  }
  [[nodiscard]] RankRequirement range(int name, int lowest, int highest) const {
    RankRequirement requirement{name, {}};
    for (std::size_t i = 0; i < problem.candidates.size(); ++i) {
      const auto& c = problem.candidates[i];
      if (c.name == name && c.rank >= lowest && c.rank <= highest)
        requirement.candidates.push_back(static_cast<int>(i));
    }
    return requirement;
  }
  void require(int candidate, RankRequirement requirement) {
    problem.candidates[static_cast<std::size_t>(candidate)].requires_.push_back(std::move(requirement));
  }
  void job(RankRequirement requirement) { problem.jobs.push_back(std::move(requirement)); }

  [[nodiscard]] std::map<int, int> solve() const {
    const auto answer = solve_ranks(problem);
    std::map<int, int> ranks;
    if (const auto* choice = std::get_if<RankChoice>(&answer)) {
      for (const int i : choice->candidates) {
        const auto& c = problem.candidates[static_cast<std::size_t>(i)];
        EXPECT_TRUE(ranks.emplace(c.name, c.rank).second) << "two of one name";
      }
    } else {
      ADD_FAILURE() << "no solution";
    }
    return ranks;
  }
  [[nodiscard]] RankFailure fail() const {
    auto answer = solve_ranks(problem);
    if (auto* failure = std::get_if<RankFailure>(&answer)) return *failure;
    ADD_FAILURE() << "a solution where none was expected";
    return {};
  }

  RankProblem problem;
};

using Ranks = std::map<int, int>;
constexpr int any = 1 << 20;

TEST(RankSolver, ChoosesTheHighestRankAndNothingElse) {
  Builder b;
  for (const int rank : {9, 10, 2}) {
    b.add(0, rank);
    b.add(1, rank);
    b.add(2, rank);
  }
  b.require(b.add(0, 11), b.range(1, 0, 9));
  b.job(b.range(0, 0, any));
  EXPECT_EQ(b.solve(), (Ranks{{0, 11}, {1, 9}}));
}

TEST(RankSolver, NegativeRanksKeepTheirOrder) {
  Builder b;
  b.add(0, -5);
  b.add(0, -3);
  b.add(0, -40);
  b.job(b.range(0, -any, any));
  EXPECT_EQ(b.solve(), (Ranks{{0, -3}}));
}

TEST(RankSolver, GoesBackToAnOlderVersionWhereTheNewestCannotBe) {
  Builder b;
  b.add(1, 1);
  const int newest = b.add(0, 3);
  const int middle = b.add(0, 2);
  b.add(0, 1);
  b.require(newest, {1, {}});
  b.require(middle, b.range(1, 0, any));
  b.job(b.range(0, 0, any));
  EXPECT_EQ(b.solve(), (Ranks{{0, 2}, {1, 1}}));
}

TEST(RankSolver, LeavesNothingBehindFromAnAbandonedBranch) {
  Builder b;
  for (int rank = 1; rank <= 3; ++rank) {
    b.add(1, rank);
    b.add(2, rank);
  }
  b.add(3, 1);
  const int newest = b.add(0, 2);
  const int older = b.add(0, 1);
  b.require(newest, b.range(3, 0, any));
  b.require(newest, b.range(1, 3, 3));
  b.require(older, b.range(1, 1, 2));
  b.job(b.range(1, 1, 2));
  b.job(b.range(0, 0, any));
  EXPECT_EQ(b.solve(), (Ranks{{0, 1}, {1, 2}}));
}

TEST(RankSolver, MeetsCycles) {
  Builder b;
  const int a = b.add(0, 1);
  const int c = b.add(1, 1);
  b.require(a, b.range(1, 1, 1));
  b.require(c, b.range(0, 1, 1));
  b.require(c, b.range(1, 1, 1));
  b.job(b.range(0, 0, any));
  EXPECT_EQ(b.solve(), (Ranks{{0, 1}, {1, 1}}));
}

TEST(RankSolver, TheEarlierJobHasItsNewest) {
  for (const bool swapped : {false, true}) {
    Builder b;
    b.add(0, 1);
    b.add(1, 1);
    const int a2 = b.add(0, 2);
    const int b2 = b.add(1, 2);
    b.require(a2, b.range(1, 1, 1));
    b.require(b2, b.range(0, 1, 1));
    b.job(b.range(swapped ? 1 : 0, 0, any));
    b.job(b.range(swapped ? 0 : 1, 0, any));
    EXPECT_EQ(b.solve(), swapped ? (Ranks{{0, 1}, {1, 2}}) : (Ranks{{0, 2}, {1, 1}}));
  }
}

TEST(RankSolver, TellsWhichRequirementsClash) {
  Builder b;
  b.add(2, 1);
  b.add(2, 2);
  const int left = b.add(0, 1);
  const int right = b.add(1, 1);
  b.require(left, b.range(2, 1, 1));
  b.require(right, b.range(2, 2, 2));
  b.job(b.range(0, 0, any));
  b.job(b.range(1, 0, any));
  const auto failure = b.fail();
  ASSERT_EQ(failure.clashes.size(), 1U);
  EXPECT_THAT(failure.clashes[0].links,
              ElementsAre(RankClash::Link{-1, 0, false}, RankClash::Link{-1, 1, false},
                          RankClash::Link{left, 0, false}, RankClash::Link{right, 0, false}));
  EXPECT_THAT(failure.clashes[0].same_names, ElementsAre(RankClash::SameName{0, 1}));
}

TEST(RankSolver, AnImpossibleRequirementIsNeverMet) {
  Builder b;
  b.require(b.add(0, 1), {7, {}});
  b.job(b.range(0, 0, any));
  auto failure = b.fail();
  ASSERT_EQ(failure.clashes.size(), 1U);
  EXPECT_THAT(failure.clashes[0].links,
              ElementsAre(RankClash::Link{-1, 0, false}, RankClash::Link{0, 0, true}));

  Builder empty;
  empty.job({0, {}});
  failure = empty.fail();
  ASSERT_EQ(failure.clashes.size(), 1U);
  EXPECT_THAT(failure.clashes[0].links, ElementsAre(RankClash::Link{-1, 0, true}));
}

TEST(RankSolver, OfEqualRanksTheEarlierIsTaken) {
  Builder b;
  for (int i = 0; i < 4; ++i)
    b.add(0, 7);
  b.job({0, {3, 1, 2}});
  const auto answer = solve_ranks(b.problem);
  ASSERT_TRUE(std::holds_alternative<RankChoice>(answer));
  EXPECT_THAT(std::get<RankChoice>(answer).candidates, ElementsAre(1));
}

TEST(RankSolver, NoJobsNeedNothing) {
  EXPECT_EQ(Builder().solve(), Ranks{});
}

TEST(RankSolver, AnIndexOutOfRangeIsAnError) {
  Builder b;
  b.job({0, {3}});
  EXPECT_THROW((void)solve_ranks(b.problem), Error);
}

TEST(RankSolver, AHundredNamesOfFiftyVersionsTakeLessThanASecond) {
  Builder b;
  for (int name = 0; name < 100; ++name) {
    for (int rank = 0; rank < 50; ++rank)
      b.add(name, rank);
  }
  for (int name = 0; name < 99; ++name) {
    for (int rank = 0; rank < 50; ++rank)
      b.require(name * 50 + rank, b.range(name + 1, 0, 25 + rank / 2));
  }
  b.job(b.range(0, 0, any));
  const auto start = std::chrono::steady_clock::now();
  const auto ranks = b.solve();
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(ranks.size(), 100U);
  EXPECT_EQ(ranks.at(0), 49);
  EXPECT_EQ(ranks.at(99), 49);
#ifdef __SANITIZE_ADDRESS__
  constexpr double limit = 30;  // libsolv grows its rules by realloc(), which the sanitizer always copies
#else
  constexpr double limit = 1;
#endif
  EXPECT_LT(taken.count(), limit);
}

}  // namespace
}  // namespace mlrepro
