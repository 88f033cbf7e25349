#include "standards/deb/preferences.hpp"

#include <gtest/gtest.h>

namespace mlrepro::deb {
namespace {

ReleaseFacts stable() {
  return {"Debian", "Debian", "oldstable", "bookworm", "12.11", "main", false, false};
}
ReleaseFacts backports() {
  return {"Debian Backports", "Debian Backports", "oldstable-backports", "bookworm-backports", "", "main",
          true,               true};
}
ReleaseFacts experimental() {
  return {"Debian", "Debian", "experimental", "rc-buggy", "", "main", true, false};
}

TEST(Preferences, DefaultPrioritiesAreApts) {
  EXPECT_EQ(stable().default_priority(), 500);
  EXPECT_EQ(backports().default_priority(), 100);
  EXPECT_EQ(experimental().default_priority(), 1);
}

TEST(Preferences, ReleasesAreNamedAsInPinRelease) {
  for (const char* wanted : {"bookworm", "oldstable", "12.11", "12*", "*", "book*", "o=Debian", "n=bookworm",
                             "a=oldstable, l=Debian", "v=12*", "c=main,o=Debian", "o=Deb*"}) {
    EXPECT_TRUE(release_matches(wanted, stable())) << wanted;
    EXPECT_EQ(release_fault(wanted), "") << wanted;
  }
  for (const char* wanted : {"trixie", "Bookworm", "13", "o=debian", "n=oldstable", "a=bookworm", "c=contrib",
                             "o=Debian,n=sid", "x=y", ""}) {
    EXPECT_FALSE(release_matches(wanted, stable())) << wanted;
  }
  EXPECT_NE(release_fault(""), "");
  EXPECT_NE(release_fault("x=y"), "");
  EXPECT_NE(release_fault("o="), "");
  EXPECT_NE(release_fault("bookworm, trixie"), "");
}

TEST(Preferences, TheFirstSpecificPinThenTheFirstGeneralOneThenTheDefault) {
  const auto one = stable();
  const auto other = backports();
  const std::vector<Pin> pins = {{{"*"}, "n=bookworm-backports", "", 600},
                                 {{"*"}, "o=Debian*", "", 700},
                                 {{"git", "git-*"}, "", "2.4*", 900},
                                 {{"git"}, "bookworm", "", -1}};
  EXPECT_EQ(priority_of(pins, "vim", "1", {&other}), 600);
  EXPECT_EQ(priority_of(pins, "vim", "1", {&one}), 700);
  EXPECT_EQ(priority_of(pins, "vim", "1", {&one, &other}), 700);
  EXPECT_EQ(priority_of(pins, "git-man", "2.45", {&other}), 900);
  EXPECT_EQ(priority_of(pins, "git", "2.39", {&one}), -1);
  EXPECT_EQ(priority_of({}, "git", "2.39", {&one, &other}), 500);
}

}  // namespace
}  // namespace mlrepro::deb
