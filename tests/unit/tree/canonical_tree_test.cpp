#include "tree/canonical_tree.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "codec/digest.hpp"

namespace mlrepro {
namespace {

Content text(std::string bytes) {
  return [bytes](const auto& piece) { piece(bytes); };
}

std::string tar_of(const CanonicalTree& tree) {
  std::string bytes;
  tree.write([&](std::string_view piece) { bytes += piece; });
  return bytes;
}

TEST(CanonicalTree, OrderOfAddingMeansNothing) {
  CanonicalTree one;
  one.add_file("b/c.py", false, 2, text("c\n"));
  one.add_link("a", "b/c.py");
  one.add_file("run", true, 0, text(""));
  CanonicalTree two;
  two.add_file("run", true, 0, text(""));
  two.add_file("b/c.py", false, 2, text("c\n"));
  two.add_link("a", "b/c.py");
  EXPECT_EQ(tar_of(one), tar_of(two));
  // The form is what locks hold: it may not change.
  EXPECT_EQ(sha256(tar_of(one)).hex(), "e15ba80bcf708966910725df79f6b91870a772e3627895ef2debbf0338c87eb0");
}

TEST(CanonicalTree, LinksStayInside) {
  CanonicalTree tree;
  tree.add_link("a/b/l1", "../../x");
  tree.add_link("l2", "a/b");
  for (const char* target : {"/etc/passwd", "..", "../x", "a/../..", "a/../b", "./../x", ""})
    EXPECT_THROW(tree.add_link("l3", target), Error) << target;
  EXPECT_THROW(tree.add_link("a/l4", "../../x"), Error);
}

TEST(CanonicalTree, PathsAreOfOneTree) {
  CanonicalTree tree;
  tree.add_file("a", false, 0, text(""));
  EXPECT_THROW(tree.add_file("a/b", false, 0, text("")), Error);
  EXPECT_THROW(tree.add_file("a", false, 0, text("")), Error);
  EXPECT_THROW(tree.add_file("../a", false, 0, text("")), Error);
  EXPECT_THROW(tree.add_file("/a", false, 0, text("")), Error);
}

}  // namespace
}  // namespace mlrepro
