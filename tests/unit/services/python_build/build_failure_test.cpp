#include "services/python_build/build_failure.hpp"

#include <gmock/gmock.h>

namespace mlrepro {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(BuildFailure, NamesTheCompiler) {
  EXPECT_THAT(hint_of_failure("error: command 'x86_64-linux-gnu-gcc' failed: No such file or directory\n"),
              HasSubstr("gcc and python3-dev"));
  EXPECT_THAT(hint_of_failure("FileNotFoundError: [Errno 2] No such file or directory: 'gcc'"),
              HasSubstr("gcc and python3-dev"));
  EXPECT_THAT(hint_of_failure("/bin/sh: 1: cargo: not found"), HasSubstr("add cargo to os.packages"));
}

TEST(BuildFailure, NamesThePackageOfAHeader) {
  const std::string log =
      "gcc -c x.c -o x.o\nx.c:1:10: fatal error: Python.h: No such file or directory\ncompilation "
      "terminated.\n"
      "error: command '/usr/bin/gcc' failed with exit code 1\n";
  EXPECT_THAT(hint_of_failure(log), HasSubstr("python3-dev"));
  EXPECT_THAT(hint_of_failure(log), Not(HasSubstr("add gcc")));
  EXPECT_THAT(hint_of_failure("x.c:3:10: fatal error: frobnicate.h: No such file or directory"),
              HasSubstr("holds frobnicate.h"));
}

TEST(BuildFailure, TellsOfNetworkAndModules) {
  EXPECT_THAT(hint_of_failure("socket.gaierror: [Errno -3] Temporary failure in name resolution"),
              HasSubstr("without network"));
  EXPECT_THAT(hint_of_failure("ModuleNotFoundError: No module named 'numpy'"), HasSubstr("imports numpy"));
  EXPECT_THAT(hint_of_failure(""), HasSubstr("has a wheel"));
}

}  // namespace
}  // namespace mlrepro
