// Small random indexes against trying every combination: there is an answer exactly where one is, and it
// holds.
#include <functional>

#include "fake_index.hpp"

namespace mlrepro {
namespace {

using Chosen = std::map<std::string, int>;  // project -> version, without what is not taken

struct Wish {
  std::string name;
  std::string op;  // "" for any
  int version = 0;

  [[nodiscard]] bool holds(int candidate) const {
    if (op == "==") return candidate == version;
    if (op == ">=") return candidate >= version;
    if (op == "<") return candidate < version;
    if (op == "!=") return candidate != version;
    return true;
  }
  [[nodiscard]] std::string str() const {
    return op.empty() ? name : name + op + std::to_string(version) + ".0";
  }
};

struct SmallIndex {
  std::map<std::string, std::map<int, std::vector<Wish>>> projects;
  std::vector<Wish> wishes;
};

SmallIndex random_index(std::uint32_t seed) {
  std::mt19937 random(seed);
  const auto below = [&](std::uint32_t bound) { return static_cast<int>(random() % bound); };
  const int names = 5 + below(4);
  const auto wish = [&] {
    static const std::vector<std::string> operators = {"==", ">=", "<", "!=", ""};
    return Wish{std::string(1, static_cast<char>('a' + below(static_cast<std::uint32_t>(names)))),
                operators[static_cast<std::size_t>(below(5))], 1 + below(4)};
  };
  SmallIndex index;
  for (int n = 0; n < names; ++n) {
    const int versions = 3 + below(3);
    for (int version = 1; version <= versions; ++version) {
      auto& wanted = index.projects[std::string(1, static_cast<char>('a' + n))][version];
      for (int count = below(4); count > 0; --count)
        wanted.push_back(wish());
    }
  }
  for (int count = 1 + below(3); count > 0; --count)
    index.wishes.push_back(wish());
  return index;
}

// What is asked for by the wishes and by all that is chosen is chosen, and fits.
bool holds(const SmallIndex& index, const Chosen& chosen) {
  const auto met = [&](const Wish& wish) {
    const auto found = chosen.find(wish.name);
    return found != chosen.end() && wish.holds(found->second);
  };
  for (const auto& wish : index.wishes) {
    if (!met(wish)) return false;
  }
  for (const auto& [name, version] : chosen) {
    for (const auto& wish : index.projects.at(name).at(version)) {
      if (!met(wish)) return false;
    }
  }
  return true;
}

// Tries every version of each project that is asked for and not yet chosen.
bool satisfiable(const SmallIndex& index, Chosen chosen) {
  const Wish* open = nullptr;
  const auto look = [&](const Wish& wish) {
    const auto found = chosen.find(wish.name);
    if (found == chosen.end()) {
      if (open == nullptr) open = &wish;
      return true;
    }
    return wish.holds(found->second);
  };
  for (const auto& wish : index.wishes) {
    if (!look(wish)) return false;
  }
  for (const auto& [name, version] : chosen) {
    for (const auto& wish : index.projects.at(name).at(version)) {
      if (!look(wish)) return false;
    }
  }
  if (open == nullptr) return true;
  const std::string name = open->name;
  for (const auto& [version, wanted] : index.projects.at(name)) {
    chosen[name] = version;
    if (satisfiable(index, chosen)) return true;
  }
  return false;
}

class PythonRandomIndex : public PythonResolverTest, public ::testing::WithParamInterface<std::uint32_t> {};

TEST_P(PythonRandomIndex, HasAnAnswerWhereOneIs) {
  const SmallIndex small = random_index(GetParam());
  for (const auto& [name, versions] : small.projects) {
    for (const auto& [version, wanted] : versions) {
      std::vector<std::string> lines;
      for (const auto& wish : wanted)
        lines.push_back(wish.str());
      index.add(name, std::to_string(version) + ".0", lines);
    }
  }
  std::vector<std::string> lines;
  for (const auto& wish : small.wishes)
    lines.push_back(wish.str());
  const auto result = resolve(lines);
  const auto* solution = std::get_if<PythonSolution>(&result);
  ASSERT_EQ(solution != nullptr, satisfiable(small, {})) << ::testing::PrintToString(lines);
  if (solution == nullptr) return;
  Chosen chosen;
  for (const auto& package : solution->packages)
    chosen[package.name] = std::stoi(package.version);
  EXPECT_TRUE(holds(small, chosen));
}

INSTANTIATE_TEST_SUITE_P(Seeds, PythonRandomIndex, ::testing::Range(1U, 201U));

}  // namespace
}  // namespace mlrepro
