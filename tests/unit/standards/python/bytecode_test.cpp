#include "standards/python/bytecode.hpp"

#include <gtest/gtest.h>

namespace mlrepro::python {
namespace {

TEST(BytecodePath, IsThatOfPep3147) {
  EXPECT_EQ(bytecode_path("opt/x/a.py", "3.11"), "opt/x/__pycache__/a.cpython-311.pyc");
  EXPECT_EQ(bytecode_path("/x/a.b.py", "3.9"), "/x/__pycache__/a.b.cpython-39.pyc");
  EXPECT_EQ(bytecode_path("a.py", "3.13"), "__pycache__/a.cpython-313.pyc");
}

}  // namespace
}  // namespace mlrepro::python
