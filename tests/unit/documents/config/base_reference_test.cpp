#include "documents/config/base_reference.hpp"

#include <gtest/gtest.h>

namespace mlrepro {
namespace {

const std::string digits(64, 'a');

TEST(BaseReference, HasAPlaceAndADigest) {
  const auto reference = parse_base_reference("oci:./a@b/c@sha256:" + digits);
  ASSERT_TRUE(reference);
  EXPECT_EQ(reference->place, "./a@b/c");
  EXPECT_EQ(reference->digest.hex(), digits);
}

TEST(BaseReference, RefusesWhatNamesNoImageByDigest) {
  for (const std::string text : {"essential", "oci:", "oci:name", "oci:name:tag", "oci:name@sha256:12"})
    EXPECT_FALSE(parse_base_reference(text)) << text;
  EXPECT_FALSE(parse_base_reference("oci:@sha256:" + digits));
  EXPECT_FALSE(parse_base_reference("oci:a\nb@sha256:" + digits));
}

}  // namespace
}  // namespace mlrepro
