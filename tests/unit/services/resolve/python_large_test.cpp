// Indexes larger than any real one: what grows faster than they do would show as minutes.
#include "fake_index.hpp"

namespace mlrepro {
namespace {

using PythonLarge = PythonResolverTest;

std::string numbered(const char* name, int number) {
  return name + std::to_string(number);
}

TEST_F(PythonLarge, FiveThousandProjects) {
  constexpr int count = 5000;
  for (int i = 0; i < count; ++i) {
    std::vector<std::string> wanted;
    for (const int next : {2 * i + 1, 2 * i + 2, i + 7}) {
      if (next < count) wanted.push_back(numbered("p", next) + ">=1");
    }
    for (const char* version : {"1.0", "1.1", "2.0"})
      index.add(numbered("p", i), version, wanted);
  }
  const auto found = versions({"p0"});
  EXPECT_EQ(found.size(), static_cast<std::size_t>(count));
  EXPECT_TRUE(std::all_of(found.begin(), found.end(), [](const auto& each) { return each.second == "2.0"; }));
}

TEST_F(PythonLarge, SixHundredVersionsOfWhichOneGoesWithAnother) {
  constexpr int count = 600;
  for (int i = 0; i < count; ++i) {
    const std::string version = "1." + std::to_string(i);
    index.add("a", version, {"b==" + version});
    index.add("b", version, {i == 234 ? "c" : "c<1"});
  }
  index.add("c", "1.0");
  const auto found = versions({"a"});
  EXPECT_EQ(found.at("a"), "1.234");
  EXPECT_EQ(found.at("b"), "1.234");
}

TEST_F(PythonLarge, ThreeThousandVersionsUnderABound) {
  constexpr int count = 3000;
  for (int i = 0; i < count; ++i)
    index.add("a", "1." + std::to_string(i), {"b<" + std::to_string(i / 100 + 1)});
  index.add("b", "17.0");
  for (int i = 0; i < count; ++i)
    index.add("b", "17." + std::to_string(i + 1));
  const auto found = versions({"a", "b<17.5"});
  EXPECT_EQ(found.at("a"), "1.2999");
  EXPECT_EQ(found.at("b"), "17.4");
  EXPECT_EQ(versions({"a<1.1750", "b"}).at("b"), "17.3000");
}

}  // namespace
}  // namespace mlrepro
