#include "documents/config/manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/file.hpp"

namespace mlrepro {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

Manifest parse(const std::string& text) {
  return parse_manifest(text, "mlrepro.toml", "/srv/mine/project");
}

// "code: message | hint"
std::string refusal(const std::string& text) {
  try {
    (void)parse(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::input);
    return error.code() + ": " + error.message() + " | " + error.hint();
  }
  return "accepted";
}

std::string with_os(const std::string& text) {
  return "[os]\nsuite = \"tiny\"\n" + text;  // what follows starts on line 3
}

constexpr const char* every_key = R"toml([project]
name = "digits"
[environment]
platforms = ["linux/amd64"]
exclude-newer = "2026-11-01T00:00:00Z"
[os]
distribution = "debian"
suite = "bookworm"
base = "minbase"
packages = ["python3", "libgomp1 (>= 12)"]
recommends = true
[[os.index]]
url = "https://example.org/debian"
suites = ["bookworm", "bookworm-updates"]
components = ["main", "contrib"]
signed-by = "keys/archive.gpg"
[python]
requirements = ["numpy>=2"]
constraints = ["numpy<3"]
version = "3.11"
prereleases = "never"
[[python.index]]
name = "pypi"
url = "https://example.org/simple"
[run]
command = ["python3", "train.py"]
workdir = "/app"
mounts = ["./:/app:ro", "./output:/app/output"]
env = { SEED = "7", OMP_NUM_THREADS = 1 }
network = "host"
determinism = "strict"
[[data]]
path = "data/train.csv"
[[data]]
path = "data/test.csv"
[outputs]
paths = ["output/**"]
tolerance = { default = "bitwise" }
)toml";

TEST(Manifest, EveryKeyIsRead) {
  const Manifest manifest = parse(every_key);
  EXPECT_EQ(manifest.project_name, "digits");
  EXPECT_THAT(manifest.platforms, ElementsAre("linux/amd64"));
  EXPECT_EQ(format_rfc3339(manifest.exclude_newer.value()), "2026-11-01T00:00:00Z");
  ASSERT_TRUE(manifest.os);
  EXPECT_EQ(manifest.os->distribution, "debian");
  EXPECT_EQ(manifest.os->suite, "bookworm");
  EXPECT_EQ(manifest.os->base, "minbase");
  EXPECT_THAT(manifest.os->packages, ElementsAre("python3", "libgomp1 (>= 12)"));
  EXPECT_TRUE(manifest.os->recommends);
  ASSERT_EQ(manifest.os->indexes.size(), 1U);
  EXPECT_EQ(manifest.os->indexes[0].url, "https://example.org/debian");
  EXPECT_THAT(manifest.os->indexes[0].suites, ElementsAre("bookworm", "bookworm-updates"));
  EXPECT_THAT(manifest.os->indexes[0].components, ElementsAre("main", "contrib"));
  EXPECT_EQ(manifest.os->indexes[0].signed_by, "/srv/mine/project/keys/archive.gpg");
  ASSERT_TRUE(manifest.python);
  EXPECT_THAT(manifest.python->requirements, ElementsAre("numpy>=2"));
  EXPECT_THAT(manifest.python->constraints, ElementsAre("numpy<3"));
  EXPECT_EQ(manifest.python->version, "3.11");
  EXPECT_EQ(manifest.python->prereleases, "never");
  ASSERT_EQ(manifest.python->indexes.size(), 1U);
  EXPECT_EQ(manifest.python->indexes[0].name, "pypi");
  EXPECT_EQ(manifest.python->indexes[0].url, "https://example.org/simple");
  EXPECT_THAT(manifest.run.command, ElementsAre("python3", "train.py"));
  EXPECT_EQ(manifest.run.workdir, "/app");
  ASSERT_EQ(manifest.run.mounts.size(), 2U);
  EXPECT_TRUE(manifest.run.mounts[0].read_only);
  EXPECT_EQ(manifest.run.mounts[1].destination, "/app/output");
  using Pair = std::pair<std::string, std::string>;
  EXPECT_THAT(manifest.run.environment, ElementsAre(Pair("OMP_NUM_THREADS", "1"), Pair("SEED", "7")));
  EXPECT_EQ(manifest.run.network, "host");
  EXPECT_EQ(manifest.run.determinism, "strict");
  EXPECT_THAT(manifest.data, ElementsAre("data/train.csv", "data/test.csv"));
  EXPECT_THAT(manifest.outputs.paths, ElementsAre("output/**"));
}

TEST(Manifest, LeftOutKeysHaveTheirDefaults) {
  const Manifest manifest = parse(with_os("[python]\n"));
  EXPECT_EQ(manifest.project_name, "project");  // its folder's name
  EXPECT_THAT(manifest.platforms, ElementsAre("linux/amd64"));
  EXPECT_FALSE(manifest.exclude_newer);
  EXPECT_EQ(manifest.os->distribution, "debian");
  EXPECT_EQ(manifest.os->base, "essential");
  EXPECT_FALSE(manifest.os->recommends);
  EXPECT_EQ(manifest.python->prereleases, "stable-first");
  EXPECT_EQ(manifest.run.network, "none");
  EXPECT_EQ(manifest.run.determinism, "off");
  EXPECT_THAT(manifest.run.mounts, IsEmpty());
}

TEST(Manifest, UnknownKeyNamesFileLineAndNearestKey) {
  EXPECT_EQ(refusal("[os]\nsuite = \"bookworm\"\npackges = []\n"),
            "unknown-key: mlrepro.toml:3: unknown key \"packges\" in [os] | did you mean \"packages\"?");
  const std::vector<std::pair<std::string, std::string>> cases{
      {"[pyton]\n", "mlrepro.toml:3: unknown key \"pyton\" at the top level | did you mean \"python\"?"},
      {"[project]\nnmae = \"x\"\n",
       "mlrepro.toml:4: unknown key \"nmae\" in [project] | did you mean \"name\"?"},
      {"[environment]\nplatform = []\n",
       "mlrepro.toml:4: unknown key \"platform\" in [environment] | did you mean \"platforms\"?"},
      {"[[os.index]]\nurl = \"https://example.org\"\nsigned_by = \"k\"\n",
       "mlrepro.toml:5: unknown key \"signed_by\" in [os.index[0]] | did you mean \"signed-by\"?"},
      {"[python]\nrequirement = []\n",
       "mlrepro.toml:4: unknown key \"requirement\" in [python] | did you mean \"requirements\"?"},
      {"[[python.index]]\nname = \"a\"\nurl = \"b\"\nlink = \"c\"\n",
       "mlrepro.toml:6: unknown key \"link\" in [python.index[0]] | known keys here: name, url, packages, "
       "explicit"},
      {"[run]\ncomand = []\n", "mlrepro.toml:4: unknown key \"comand\" in [run] | did you mean \"command\"?"},
      {"[[data]]\npath = \"a\"\nsha = \"b\"\n",
       "mlrepro.toml:5: unknown key \"sha\" in [data[0]] | known keys here: path"},
      {"[outputs]\npath = []\n",
       "mlrepro.toml:4: unknown key \"path\" in [outputs] | did you mean \"paths\"?"},
  };
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(refusal(with_os(text)), "unknown-key: " + expected);
}

TEST(Manifest, WrongTypeIsRefusedWithItsLine) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"packages = \"python3\"\n", ":3: os.packages must be a list of strings"},
      {"packages = [\"a\", 2]\n", ":3: os.packages must be a list of strings"},
      {"recommends = \"yes\"\n", ":3: os.recommends must be true or false"},
      {"[project]\nname = 1\n", ":4: project.name must be a string"},
      {"[environment]\nexclude-newer = 5\n", ":4: environment.exclude-newer must be a string"},
      {"[os.index]\nurl = \"a\"\n", ":3: os.index must be a list of tables: write [[os.index]]"},
      {"[[os.index]]\nurl = \"a\"\n\nsuites = \"b\"\n", ":6: os.index[0].suites must be a list of strings"},
      {"[python]\nrequirements = { numpy = 2 }\n", ":4: python.requirements must be a list of strings"},
      {"[run]\ncommand = \"python3 train.py\"\n", ":4: run.command must be a list of strings"},
      {"[run]\nenv = [\"A=1\"]\n", ":4: run.env must be a table of strings"},
      {"[run.env]\nA = \"1\"\nB = [1]\n", "run.env.B must be a string"},
      {"[data]\npath = \"a\"\n", ":3: data must be a list of tables: write [[data]]"},
      {"[outputs]\npaths = true\n", ":4: outputs.paths must be a list of strings"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_THAT(refusal(with_os(text)), StartsWith("wrong-type: mlrepro.toml")) << text;
    EXPECT_THAT(refusal(with_os(text)), HasSubstr(expected)) << text;
  }
  EXPECT_EQ(refusal("\nos = 3\n"), "wrong-type: mlrepro.toml:2: os must be a table | ");
  EXPECT_EQ(refusal("[os]\nsuite = 12\n"), "wrong-type: mlrepro.toml:2: os.suite must be a string | ");
}

TEST(Manifest, ValueOutsideItsSetIsRefusedWithTheNearest) {
  EXPECT_EQ(
      refusal(with_os("base = \"essental\"\n")),
      "bad-value: mlrepro.toml:3: os.base = \"essental\" is not one of essential, minbase | did you mean "
      "\"essential\"?");
  for (const char* text : {"distribution = \"arch\"\n",
                           "[python]\nprereleases = \"always\"\n",
                           "[run]\nnetwork = \"bridge\"\n",
                           "[run]\ndeterminism = \"on\"\n",
                           "[environment]\nplatforms = [\"linux/riscv64\"]\n",
                           "suites = [\"a b\"]\n",
                           "suites = [\"../up\"]\n",
                           "exclude = [\"Python\"]\n",
                           "recommends = [\"x y\"]\n",
                           "[[os.pin]]\npackage = \"aa\"\nrelease = \"x=y\"\npriority = 1\n",
                           "[[os.pin]]\npackage = \"aa\"\nrelease = \"x\"\npriority = 0\n",
                           "[[os.pin]]\npackage = \"aa\"\nrelease = \"x\"\npriority = 40000\n",
                           "[environment]\nplatforms = [\"linux/amd64\", \"windows/amd64\"]\n",
                           "[python]\nversions = [\"3.11\", \"3.12\"]\n",
                           "[python]\nversions = [\"3.11\", \"3.11.4\"]\n",
                           "[environment]\nexclude-newer = \"yesterday\"\n",
                           "[run]\nmounts = [\"data\"]\n",
                           "[run]\nmounts = [\"./a:b\"]\n",
                           "[run]\nmounts = [\"./a:/\"]\n",
                           "[run]\nworkdir = \"app\"\n",
                           "[run]\nmounts = [\"./a:/b\", \"./c:/b/\"]\n",
                           "[run]\nenv = { \"A=B\" = \"c\" }\n",
                           "[run]\nenv = { \"\" = \"c\" }\n",
                           "[run]\ncommand = [\"\"]\n",
                           "[[data]]\npath = \"/etc/passwd\"\n",
                           "[[data]]\npath = \"../secret\"\n",
                           "[outputs]\npaths = [\"/tmp/*\"]\n",
                           "[outputs]\npaths = [\"a/../../b\"]\n",
                           "[outputs]\npaths = [\"\"]\n",
                           "[outputs]\ntolerance = { default = \"rel=1\" }\n"}) {
    EXPECT_THAT(refusal(with_os(text)), StartsWith("bad-value: mlrepro.toml:")) << text;
  }
}

TEST(Manifest, MissingKeysAreNamed) {
  EXPECT_THAT(refusal("[os]\n"), HasSubstr("missing-key: mlrepro.toml:1: os.suite is missing"));
  EXPECT_THAT(refusal(with_os("[[os.index]]\nsuites = [\"a\"]\n")),
              HasSubstr("mlrepro.toml:3: os.index[0].url is missing"));
  EXPECT_THAT(refusal(with_os("[[python.index]]\nurl = \"a\"\n")),
              HasSubstr("mlrepro.toml:3: python.index[0].name is missing"));
  EXPECT_THAT(refusal(with_os("[[data]]\n")), HasSubstr("mlrepro.toml:3: data[0].path is missing"));
  EXPECT_THAT(refusal(""), HasSubstr("empty-manifest: mlrepro.toml: neither [os] nor [python]"));
  EXPECT_THAT(refusal("[python]\nrequirements = []\n"), HasSubstr("no-interpreter: "));
}

TEST(Manifest, WhatIsNoTomlIsRefusedWithLineAndColumn) {
  EXPECT_THAT(refusal("[os]\nsuite = \"a\n"), HasSubstr("bad-toml: mlrepro.toml:2"));
  EXPECT_THAT(refusal("[os]\nsuite = \"a\"\nsuite = \"b\"\n"), HasSubstr("bad-toml: mlrepro.toml:3"));
  EXPECT_THAT(refusal("[os]\nsuite = \"\xff\"\n"), HasSubstr("bad-toml: mlrepro.toml:2"));
}

TEST(Manifest, LocalFilesAddToWhatIsWritten) {
  const TemporaryDirectory folder(std::filesystem::temp_directory_path(), "manifest");
  write_file_atomically(folder.path() / "requirements.txt", "scipy\n-c constraints.txt\n");
  write_file_atomically(folder.path() / "constraints.txt", "scipy<2\n");
  const Manifest manifest =
      parse_manifest(with_os("[python]\nrequirements = [\"numpy\"]\nfiles = [\"requirements.txt\"]\n"),
                     "mlrepro.toml", folder.path());
  EXPECT_THAT(manifest.python->requirements, ElementsAre("numpy", "scipy"));
  EXPECT_THAT(manifest.python->constraints, ElementsAre("scipy<2"));
  EXPECT_THAT(refusal(with_os("[python]\nfiles = [\"none.txt\"]\n")), HasSubstr("none.txt"));
}

TEST(Manifest, ReformattingDoesNotMoveTheInputs) {
  const auto a = parse("[os]\nsuite='bookworm'\npackages=['b','a']\n[run]\ncommand=['x']\n");
  const auto b = parse("# note\n[os]\npackages = [\n \"a\",\n \"b\", ]\nsuite = \"bookworm\"\n");
  EXPECT_EQ(canonical_json(a.normalised()), canonical_json(b.normalised()));
}

TEST(Manifest, EachKeyThatDecidesTheLockMovesTheInputs) {
  const auto inputs = [](const std::string& text) { return canonical_json(parse(text).normalised()); };
  const std::string plain = inputs(with_os("[python]\n"));
  for (const char* text : {"packages = [\"a\"]\n[python]\n", "recommends = true\n[python]\n",
                           "base = \"minbase\"\n[python]\n", "[python]\nrequirements = [\"a\"]\n",
                           "[python]\nconstraints = [\"a<1\"]\n", "[python]\nprereleases = \"allow\"\n",
                           "[python]\nversion = \"3.9\"\n", "", "[python]\n[[data]]\npath = \"a\"\n",
                           "[python]\n[environment]\nexclude-newer = \"2026-11-01T00:00:00Z\"\n"}) {
    EXPECT_NE(inputs(with_os(text)), plain) << text;
  }
  for (const char* text : {"[python]\n[project]\nname = \"x\"\n", "[python]\n[run]\ncommand = [\"a\"]\n",
                           "[python]\n[outputs]\npaths = [\"a\"]\n",
                           "[python]\n[[python.index]]\nname = \"a\"\nurl = \"https://example.org\"\n"}) {
    EXPECT_EQ(inputs(with_os(text)), plain) << text;
  }
}

TEST(Manifest, SeveralTargetsInAFixedOrder) {
  const Manifest manifest = parse(
      "[environment]\nplatforms = [\"linux/arm64\", \"linux/amd64\", \"linux/arm64\"]\n"
      "[python]\nversions = [\"3.12\", \"3.9.1\", \"3.11\"]\n");
  EXPECT_THAT(manifest.platforms, ElementsAre("linux/amd64", "linux/arm64"));
  EXPECT_FALSE(manifest.python->version);
  EXPECT_THAT(manifest.python->versions, ElementsAre("3.9.1", "3.11", "3.12"));
  EXPECT_EQ(canonical_json(manifest.normalised()["python"]["versions"]), R"(["3.9.1","3.11","3.12"])");
  // One is one, however it is written.
  EXPECT_EQ(canonical_json(parse("[python]\nversions = [\"3.12\"]\n").normalised()),
            canonical_json(parse("[python]\nversion = \"3.12\"\n").normalised()));
}

TEST(Manifest, PinsSuitesAndExclusionsOfTheOs) {
  const Manifest manifest =
      parse("[environment]\nplatforms = [\"linux/arm64\"]\n" +
            with_os("distribution = \"ubuntu\"\nsuites = [\"tiny-backports\"]\nexclude = [\"nano\"]\n"
                    "recommends = [\"git\"]\n"
                    "[[os.pin]]\npackage = \"git\"\nversion = \"2.4*\"\npriority = -1\n"
                    "[[os.pin]]\npackage = [\"b*\", \"a\"]\nrelease = \"o=Debian,n=tiny\"\npriority = 600\n"
                    "[[os.index]]\nurl = \"https://example.org\"\nextra = true\n"));
  EXPECT_THAT(manifest.platforms, ElementsAre("linux/arm64"));
  EXPECT_EQ(manifest.os->distribution, "ubuntu");
  EXPECT_THAT(manifest.os->suites, ElementsAre("tiny-backports"));
  EXPECT_FALSE(manifest.os->recommends);
  EXPECT_TRUE(manifest.os->indexes.at(0).extra);
  EXPECT_EQ(manifest.os->pins.at(1).priority, 600);
  EXPECT_EQ(canonical_json(manifest.normalised()["os"]),
            R"({"base":"essential","distribution":"ubuntu","exclude":["nano"],"packages":[],)"
            R"("pins":[{"package":["git"],"priority":-1,"version":"2.4*"},)"
            R"({"package":["a","b*"],"priority":600,"release":"o=Debian,n=tiny"}],)"
            R"("recommends":["git"],"suite":"tiny","suites":["tiny-backports"]})");
  for (const char* text :
       {"[[os.pin]]\nrelease = \"x\"\npriority = 1\n", "[[os.pin]]\npackage = \"aa\"\npriority = 1\n",
        "[[os.pin]]\npackage = \"aa\"\nrelease = \"x\"\nversion = \"1\"\npriority = 1\n",
        "[[os.pin]]\npackage = \"aa\"\nrelease = \"x\"\n"}) {
    EXPECT_THAT(refusal(with_os(text)), StartsWith("missing-key: mlrepro.toml:")) << text;
  }
}

TEST(Manifest, MountsTakeDockersForm) {
  const auto mount = parse_mount("./data:/app/data:ro");
  ASSERT_TRUE(mount);
  EXPECT_EQ(mount->source, "./data");
  EXPECT_EQ(mount->destination, "/app/data");
  EXPECT_TRUE(mount->read_only);
  EXPECT_EQ(parse_mount("a:/b//c/../")->destination, "/b");
  for (const char* text : {"data:relative", "data", ":/a", "a:/", "a:/b:/c", "a:/b:z", "a:/..", ""})
    EXPECT_FALSE(parse_mount(text)) << text;
}

}  // namespace
}  // namespace mlrepro
