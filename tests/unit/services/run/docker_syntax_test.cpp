#include "services/run/docker_syntax.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>

#include "base/error.hpp"

namespace mlrepro {
namespace {

// "source -> destination[ ro]", or the error's code.
std::string volume(const std::string& text, const std::string& directory = "/srv/mine/project") {
  try {
    const MountConfig mount = parse_volume(text, directory);
    return mount.source + " -> " + mount.destination + (mount.read_only ? " ro" : "");
  } catch (const Error& error) {
    return error.code();
  }
}

std::string refusal(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::input);
    return error.code() + ": " + error.message();
  }
  return "accepted";
}

class OwnVariable {
 public:
  explicit OwnVariable(const char* value) { ::setenv("MLREPRO_TEST_OURS", value, 1); }
  OwnVariable(const OwnVariable&) = delete;
  OwnVariable& operator=(const OwnVariable&) = delete;
  ~OwnVariable() { ::unsetenv("MLREPRO_TEST_OURS"); }
};

TEST(DockerVolume, SourceIsAbsoluteOrBelowTheFolderOfTheCommandLine) {
  EXPECT_EQ(volume("/data:/mnt"), "/data -> /mnt");
  EXPECT_EQ(volume("./data:/mnt"), "/srv/mine/project/data -> /mnt");
  EXPECT_EQ(volume("data/a:/mnt"), "/srv/mine/project/data/a -> /mnt");
  EXPECT_EQ(volume("../data:/mnt"), "/srv/mine/data -> /mnt");
  EXPECT_EQ(volume(".:/mnt"), "/srv/mine/project/ -> /mnt");
}

TEST(DockerVolume, WritableUnlessReadOnlyIsSaid) {
  EXPECT_EQ(volume("/data:/mnt:ro"), "/data -> /mnt ro");
  EXPECT_EQ(volume("/data:/mnt:rw"), "/data -> /mnt");
  // A mode that is not honoured must not be taken for one that is.
  for (const char* mode : {"z", "ro,z", "RO", "cached", ""})
    EXPECT_EQ(volume(std::string("/data:/mnt:") + mode), "bad-mount") << mode;
}

TEST(DockerVolume, DestinationIsMadeNormal) {
  EXPECT_EQ(volume("/data:/mnt/"), "/data -> /mnt");
  EXPECT_EQ(volume("/data://mnt//a/./b/.."), "/data -> /mnt/a");
}

TEST(DockerVolume, WhatIsNoneIsRefused) {
  for (const char* text :
       {"", ":", "/data", "/data:", ":/mnt", "/data:mnt", "/data:./mnt", "/data:/", "/data:/mnt/..",
        "C:\\data:/mnt", "C:/data:/mnt", "/data:/a:/b", "/data:ro", "/\xff:/mnt"}) {
    EXPECT_EQ(volume(text), "bad-mount") << text;
  }
}

TEST(DockerVolume, CommandLineTakesThePlaceOfTheManifestsMount) {
  const auto merged = merge_mounts({{"./", "/app", true}, {"a", "/data", true}}, {{"/b", "/data", false}});
  ASSERT_EQ(merged.size(), 2U);
  EXPECT_EQ(merged[0].destination, "/app");
  EXPECT_EQ(merged[1].source, "/b");
  EXPECT_FALSE(merged[1].read_only);
}

TEST(DockerVolume, TwoAtOneDestinationAreRefusedByName) {
  const std::vector<MountConfig> twice{
      {"/a", "/data", false}, {"/b", "/other", false}, {"/c", "/data", false}};
  EXPECT_NE(refusal([&] { (void)merge_mounts({}, twice); }).find("bad-mount: two mounts want /data"),
            std::string::npos);
  EXPECT_NE(refusal([&] { (void)merge_mounts(twice, {}); }).find("/data"), std::string::npos);
}

TEST(DockerVariable, ValueIsAllAfterTheFirstEqualsSign) {
  using Pair = std::pair<std::string, std::string>;
  EXPECT_EQ(parse_variable("A=b=c "), Pair("A", "b=c "));
  EXPECT_EQ(parse_variable("A="), Pair("A", ""));
  EXPECT_EQ(parse_variable("A=\"quoted\""), Pair("A", "\"quoted\""));
}

TEST(DockerVariable, NameAlonePassesOursOnWhereItIsSet) {
  EXPECT_EQ(parse_variable("MLREPRO_TEST_OURS"), std::nullopt);
  const OwnVariable ours("on");
  EXPECT_EQ(parse_variable("MLREPRO_TEST_OURS")->second, "on");
}

TEST(DockerVariable, WhatIsNoneIsRefused) {
  EXPECT_EQ(refusal([] { (void)parse_variable(""); }), "bad-env: -e  is not NAME=VALUE");
  EXPECT_EQ(refusal([] { (void)parse_variable("=x"); }), "bad-env: -e =x is not NAME=VALUE");
  // A record holds text: bytes would make it unreadable later, after the training.
  EXPECT_EQ(refusal([] { (void)parse_variable("A=\xff"); }), "bad-env: -e A is not UTF-8 text");
  const OwnVariable ours("\xfe");
  EXPECT_EQ(refusal([] { (void)parse_variable("MLREPRO_TEST_OURS"); }),
            "bad-env: -e MLREPRO_TEST_OURS is not UTF-8 text");
}

TEST(DockerEnvFile, KeepsValuesAsTheyStand) {
  const Variables expected{{"A", "1"}, {"B", " two = 2 "}, {"C", "\"x\" # no comment"}, {"D", ""}};
  EXPECT_EQ(parse_env_file("A=1\nB= two = 2 \n  C=\"x\" # no comment\nD=", "env"), expected);
}

TEST(DockerEnvFile, PassesOverCommentsEmptyLinesMarkAndCarriageReturns) {
  const Variables expected{{"A", "1"}, {"B", "2"}};
  EXPECT_EQ(parse_env_file("\xEF\xBB\xBF"
                           "A=1\r\n\r\n\n# B=0\n\t # B=1\nB=2\r\n",
                           "env"),
            expected);
}

TEST(DockerEnvFile, LaterLineComesLater) {
  const Variables expected{{"A", "1"}, {"A", "2"}};
  EXPECT_EQ(parse_env_file("A=1\nA=2\n", "env"), expected);
}

TEST(DockerEnvFile, NameAlonePassesOursOn) {
  EXPECT_TRUE(parse_env_file("MLREPRO_TEST_OURS\n", "env").empty());
  const OwnVariable ours("on");
  EXPECT_EQ(parse_env_file("MLREPRO_TEST_OURS\n", "env"), (Variables{{"MLREPRO_TEST_OURS", "on"}}));
}

TEST(DockerEnvFile, WhatIsNoneIsRefusedWithItsLine) {
  for (const char* text : {"A=1\n=2\n", "A=1\nB C=2\n", "A=1\nexport B=2\n", "A=1\nA =2\n"})
    EXPECT_EQ(refusal([&] { (void)parse_env_file(text, "variables"); }),
              "bad-env: variables:2: not NAME=VALUE");
  EXPECT_EQ(refusal([] { (void)parse_env_file("A=\xc3\n", "variables"); }),
            "bad-env: variables:1 is not UTF-8 text");
  EXPECT_EQ(refusal([] { (void)parse_env_file(std::string_view("A=\0b", 4), "variables"); }),
            "bad-env: variables:1 is not UTF-8 text");
}

TEST(DockerWorkdir, IsAbsolute) {
  check_workdir("/app");
  EXPECT_EQ(refusal([] { check_workdir("app"); }), "bad-workdir: the working folder app is not absolute");
  EXPECT_NE(refusal([] { check_workdir(""); }), "accepted");
}

TEST(RunName, IsAWordThatMeansNoOtherRun) {
  for (const char* name : {"first", "Run_2.b-c", "7"})
    check_run_name(name);
  for (const char* name : {"", "latest", "latest~1", "a b", "a/b", "a\n", "-a", ".a", "\xff", "\xc3\xa4"})
    EXPECT_EQ(refusal([&] { check_run_name(name); }).substr(0, 8), "bad-name") << name;
}

TEST(DockerSize, SuffixesArePowersOf1024) {
  EXPECT_EQ(parse_size("1024"), 1024U);
  EXPECT_EQ(parse_size("64m"), 64U << 20);
  EXPECT_EQ(parse_size("2G"), std::uint64_t{2} << 30);
  for (const char* text : {"", "0", "m", "-1", "1.5g", "64mb", "64 m", "99999999999999999999", "9999999t"})
    EXPECT_FALSE(parse_size(text)) << text;
}

TEST(DockerUser, IsNumbers) {
  EXPECT_EQ(parse_user("")->uid, 0U);
  EXPECT_EQ(parse_user("1000")->gid, 0U);
  EXPECT_EQ(parse_user("1000:100")->gid, 100U);
  for (const char* text : {"me", "1000:", ":100", "-1", "4294967295", "1:2:3"})
    EXPECT_FALSE(parse_user(text)) << text;
}

}  // namespace
}  // namespace mlrepro
