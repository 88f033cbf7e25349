#include "services/resolve/module_twins.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlrepro {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Lockfile lock_of(const std::vector<std::string>& debs, const std::vector<std::string>& wheels) {
  Lockfile lock;
  lock.os.emplace();
  lock.python.emplace();
  for (const auto& name : debs) {
    OsPackage package;
    package.name = name;
    package.version = "1-1";
    lock.os->packages.push_back(package);
  }
  for (const auto& name : wheels) {
    PythonPackage package;
    package.name = name;
    package.version = "2.0";
    lock.python->packages.push_back(package);
  }
  return lock;
}

TEST(ModuleTwins, NamesBothAndSaysWhichCounts) {
  const auto twins = module_twins(lock_of({"libc6", "python3-numpy"}, {"numpy", "pandas"}));
  ASSERT_EQ(twins.size(), 1U);
  EXPECT_EQ(twins[0].os_package, "python3-numpy 1-1");
  EXPECT_EQ(twins[0].python, "numpy 2.0");
  EXPECT_THAT(twins[0].words, AllOf(HasSubstr("python3-numpy 1-1"), HasSubstr("numpy 2.0"),
                                    HasSubstr("imports the wheel's")));
}

TEST(ModuleTwins, KnowsNamesThatDiffer) {
  EXPECT_EQ(module_twins(lock_of({"python3-yaml", "python3-typing-extensions", "python3-pil"},
                                 {"pillow", "pyyaml", "typing-extensions"}))
                .size(),
            3U);
}

TEST(ModuleTwins, OneAloneIsNone) {
  EXPECT_TRUE(module_twins(lock_of({"python3", "python3-scipy"}, {"numpy"})).empty());
  Lockfile lock = lock_of({"python3-numpy"}, {"numpy"});
  lock.os.reset();
  EXPECT_TRUE(module_twins(lock).empty());
}

}  // namespace
}  // namespace mlrepro
