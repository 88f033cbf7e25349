#include "standards/python/name.hpp"

#include <gtest/gtest.h>

namespace mlrepro::python {
namespace {

TEST(PythonName, NormalisesAsPep503) {
  EXPECT_EQ(normalise_name("Friendly-Bard"), "friendly-bard");
  EXPECT_EQ(normalise_name("FRIENDLY_._--bard"), "friendly-bard");
  EXPECT_EQ(normalise_name("zope.interface"), "zope-interface");
}

TEST(PythonName, KnowsValidNames) {
  for (const char* good : {"a", "A1", "a-b", "a__b.c", "0x"})
    EXPECT_TRUE(is_valid_name(good)) << good;
  for (const char* bad : {"", "-a", "a-", "_a", "a.", "a b", "a/b", "\xC3\xA4", "a\n"})
    EXPECT_FALSE(is_valid_name(bad)) << bad;
}

}  // namespace
}  // namespace mlrepro::python
