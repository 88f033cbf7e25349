#include "documents/config/requirements_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/file.hpp"

namespace mlrepro {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Requirements : public ::testing::Test {
 protected:
  Requirements() : folder_(std::filesystem::temp_directory_path(), "requirements") {}

  void write(const std::string& name, std::string_view text) const {
    write_file_atomically(folder_.path() / name, text);
  }
  [[nodiscard]] RequirementsFile read(const std::string& name = "requirements.txt") const {
    return read_requirements_file(folder_.path() / name);
  }
  [[nodiscard]] std::vector<std::string> lines(std::string_view text) const {
    write("requirements.txt", text);
    return read().requirements;
  }
  [[nodiscard]] std::string refusal(std::string_view text) const {
    write("requirements.txt", text);
    try {
      (void)read();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "bad-requirements");
      EXPECT_EQ(error.kind(), ErrorKind::input);
      EXPECT_FALSE(error.hint().empty());
      return error.message();
    }
    return "accepted";
  }

  TemporaryDirectory folder_;
};

TEST_F(Requirements, OneALineInOrder) {
  EXPECT_THAT(lines("numpy>=2\n\n  scipy == 1.1  \ntorch"), ElementsAre("numpy>=2", "scipy == 1.1", "torch"));
  EXPECT_THAT(lines(""), IsEmpty());
}

TEST_F(Requirements, CommentsStartALineOrFollowWhiteSpace) {
  EXPECT_THAT(lines("# all\na # one\nb\t# two\n   # three\nc @ https://example.org/c-1.zip#subdirectory=d\n"),
              ElementsAre("a", "b", "c @ https://example.org/c-1.zip#subdirectory=d"));
}

TEST_F(Requirements, BackslashContinuesALine) {
  EXPECT_THAT(lines("a >= 1, \\\n   < 2\nb\n"), ElementsAre("a >= 1,    < 2", "b"));
  EXPECT_THAT(lines("a \\\r\n<2\r\nb\r\n"), ElementsAre("a <2", "b"));
  EXPECT_THAT(lines("last \\"), ElementsAre("last"));
}

TEST_F(Requirements, CommentEndsAContinuedLineAndDoesNotContinueItself) {
  EXPECT_THAT(lines("a\\\n# note\nb\n"), ElementsAre("a", "b"));
  EXPECT_THAT(lines("# note \\\nb\n"), ElementsAre("b"));
}

TEST_F(Requirements, MarkersAndExtrasStay) {
  EXPECT_THAT(lines("a[x,y]>=1; python_version < \"3.12\" and sys_platform == 'linux'\n"),
              ElementsAre("a[x,y]>=1; python_version < \"3.12\" and sys_platform == 'linux'"));
}

TEST_F(Requirements, ByteOrderMarkAndCarriageReturnsAreNoPartOfNames) {
  EXPECT_THAT(lines("\xEF\xBB\xBF"
                    "a==1\r\nb\r\n"),
              ElementsAre("a==1", "b"));
}

TEST_F(Requirements, OtherFilesAreReadWhereTheyAreNamed) {
  write("more/base.txt", "b\n-r deeper.txt\n");
  write("more/deeper.txt", "c\n");
  EXPECT_THAT(lines("a\n-r more/base.txt\nd\n"), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(lines("--requirement=more/base.txt"), ElementsAre("b", "c"));
  EXPECT_THAT(lines("--requirement more/base.txt # why"), ElementsAre("b", "c"));
  EXPECT_THAT(lines("-rmore/base.txt"), ElementsAre("b", "c"));
}

TEST_F(Requirements, CyclesEnd) {
  write("requirements.txt", "a\n-r other.txt\n");
  write("other.txt", "b\n-r requirements.txt\n-r ./other.txt\n");
  EXPECT_THAT(read().requirements, ElementsAre("a", "b"));
}

TEST_F(Requirements, ConstraintsAreKeptApart) {
  write("constraints.txt", "b<2\n-r below.txt\n");
  write("below.txt", "c<3\n");
  write("requirements.txt", "a\n-c constraints.txt\n");
  EXPECT_THAT(read().requirements, ElementsAre("a"));
  EXPECT_THAT(read().constraints, ElementsAre("b<2", "c<3"));
}

TEST_F(Requirements, FileNamedBothWaysCountsBothWays) {
  write("base.txt", "b==2\n");
  write("requirements.txt", "-c base.txt\n-r base.txt\n");
  EXPECT_THAT(read().requirements, ElementsAre("b==2"));
  EXPECT_THAT(read().constraints, ElementsAre("b==2"));
}

TEST_F(Requirements, OptionsThatWouldChangeTheAnswerAreRefusedWithTheirLine) {
  for (const char* option : {"--process-dependency-links", "-r", "--requirement", "-x",
                             "--index-urls https://example.org", "--config-settings a=b"}) {
    EXPECT_EQ(refusal("a\n\n" + std::string(option) + "\n"),
              "requirements.txt:3: the option in \"" + std::string(option) + "\" is not understood here");
  }
  EXPECT_THAT(refusal("a --global-option=x\n"), HasSubstr("requirements.txt:1: the option in"));
}

TEST_F(Requirements, IndexesAndPreReleasesAreTold) {
  write("requirements.txt",
        "--index-url https://a.example.org/simple\n--extra-index-url=https://b.example.org/simple --pre\n"
        "--extra-index-url https://c.example.org\n--trusted-host c.example.org\n--only-binary :all:\n"
        "--prefer-binary\na\n");
  const auto file = read();
  EXPECT_EQ(file.index_url, "https://a.example.org/simple");
  EXPECT_THAT(file.extra_index_urls, ElementsAre("https://b.example.org/simple", "https://c.example.org"));
  EXPECT_TRUE(file.prereleases);
  EXPECT_THAT(file.requirements, ElementsAre("a"));
  write("requirements.txt", "-ihttps://d.example.org\n");
  EXPECT_EQ(read().index_url, "https://d.example.org");
  EXPECT_FALSE(read().prereleases);
}

TEST_F(Requirements, HashesAreKeptByName) {
  const std::string one(64, '1');
  const std::string two(64, '2');
  write("requirements.txt", "--require-hashes\nMy_Pkg == 1.0 ; python_version > '3' \\\n    --hash=sha256:" +
                                two + " \\\n    --hash sha256:" + one + " --hash=sha512:00\n");
  const auto file = read();
  EXPECT_THAT(file.requirements, ElementsAre("My_Pkg == 1.0 ; python_version > '3'"));
  const auto allowed = files_allowed_by(file.hashes);
  ASSERT_EQ(allowed.count("my-pkg"), 1U);
  EXPECT_THAT(allowed.at("my-pkg"), ElementsAre(*Sha256::parse(one), *Sha256::parse(two)));
}

TEST_F(Requirements, AFileIsAllowedByEveryLineOfItsPackage) {
  const std::string one = " --hash=sha256:" + std::string(64, '1');
  const std::string two = " --hash=sha256:" + std::string(64, '2');
  write("c.txt", "A==1" + two + "\n");
  write("requirements.txt", "-c c.txt\na==1" + one + two + "\n");
  EXPECT_THAT(files_allowed_by(read().hashes).at("a"), ElementsAre(*Sha256::parse(std::string(64, '2'))));
  // Of other targets.
  write("requirements.txt",
        "a==1; python_version < '3'" + one + "\na==2; python_version >= '3'" + two + "\n");
  EXPECT_EQ(files_allowed_by(read().hashes).at("a").size(), 2U);
  write("requirements.txt", "a==1" + one + "\n\na==1" + two + "\n");
  const auto hashes = read().hashes;
  try {
    (void)files_allowed_by(hashes);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "requirements.txt:1 and requirements.txt:3 allow no file of a in common");
  }
}

TEST_F(Requirements, ValuesOfOptionsMayBeQuoted) {
  write("more reqs.txt", "b\n");
  write("requirements.txt",
        "-r 'more reqs.txt'\n-r more\\ reqs.txt\n--index-url=\"https://a.example.org/simple\"\n");
  EXPECT_THAT(read().requirements, ElementsAre("b"));
  EXPECT_EQ(read().index_url, "https://a.example.org/simple");
  EXPECT_THAT(refusal("\n--index-url 'https://a.example.org\n"), HasSubstr("requirements.txt:2: a quote in"));
}

TEST_F(Requirements, WhatIsNoRequirementIsRefusedAtItsLine) {
  EXPECT_THAT(refusal("a\nb=1.0\n"), HasSubstr("requirements.txt:2: \"b=1.0\" is not PEP 508"));
  EXPECT_THAT(refusal("a b\n"), HasSubstr("requirements.txt:1: \"a b\" is not PEP 508"));
}

TEST_F(Requirements, HashesThatSayNothingAreRefusedAtTheLineTheRequirementStartsOn) {
  EXPECT_THAT(refusal("a\nb==1 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\n"),
              HasSubstr("requirements.txt:2: \"sha256:00\" is no SHA-256"));
  EXPECT_THAT(refusal("b==1\t--hash=md5:00\n"),
              HasSubstr("requirements.txt:1: \"b==1\" has hashes, but no sha256"));
  EXPECT_THAT(refusal("--require-hashes\na==1\n"), HasSubstr("requirements.txt:2: \"a==1\" has no --hash"));
  EXPECT_THAT(refusal("--hash=sha256:" + std::string(64, '1') + "\n"), HasSubstr("a hash stands alone"));
}

TEST_F(Requirements, UrlsAndPathsStartAtTheFileThatNamesThem) {
  write("requirements.txt",
        "-e ./one\n-r sub/more.txt\n--editable=git+https://example.org/x.git#egg=X\n"
        "../two[a] ; python_version > '3'\nwheels/y-1.0-py3-none-any.whl\n");
  write("sub/more.txt", "./three\n-f wheels\n--find-links https://example.org/links/\n");
  const auto file = read();
  EXPECT_THAT(file.requirements,
              ElementsAre("./one", "./sub/three", "x @ git+https://example.org/x.git",
                          "../two[a] ; python_version > \"3\"", "y @ ./wheels/y-1.0-py3-none-any.whl"));
  EXPECT_THAT(file.find_links, ElementsAre("./sub/wheels", "https://example.org/links/"));
  EXPECT_THAT(refusal("a\n-e numpy\n"), HasSubstr("requirements.txt:2: \"-e numpy\" is neither"));
  EXPECT_THAT(refusal("svn+https://example.org/x\n"), HasSubstr("requirements.txt:1:"));
}

TEST_F(Requirements, TheHashOfAUrlWithoutANameStandsInIt) {
  const std::string one(64, '1');
  EXPECT_THAT(lines("https://example.org/y-1.tar.gz --hash=sha256:" + one + "\n"),
              ElementsAre("https://example.org/y-1.tar.gz#sha256=" + one));
}

TEST_F(Requirements, AVariableMayHoldASecret) {
  ::setenv("MLREPRO_TEST_TOKEN", "s3cret", 1);
  EXPECT_THAT(lines("a @ git+https://${MLREPRO_TEST_TOKEN}@example.org/a\n"),
              ElementsAre("a @ git+https://s3cret@example.org/a"));
  ::unsetenv("MLREPRO_TEST_TOKEN");
  EXPECT_THAT(lines("a @ git+https://${MLREPRO_TEST_TOKEN}@example.org/a\n"),
              ElementsAre("a @ git+https://${MLREPRO_TEST_TOKEN}@example.org/a"));
}

TEST_F(Requirements, WhatIsNotHereOrNotFixedIsRefused) {
  EXPECT_EQ(refusal("a\n-r none.txt\n"), "requirements.txt:2: the file none.txt is not there");
  EXPECT_THAT(refusal("-c https://example.org/constraints.txt\n"), HasSubstr("would come from the network"));
  EXPECT_THAT(refusal("a @ https://example.org/${TOKEN}/a.whl\n"),
              HasSubstr("takes a variable of this machine"));
  write("inner.txt", "a\n--bogus\n");
  EXPECT_THAT(refusal("-r inner.txt\n"), HasSubstr("inner.txt:2:"));
}

}  // namespace
}  // namespace mlrepro
