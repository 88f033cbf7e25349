#include "services/index/apt_sources.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "services/index/debian_index.hpp"

namespace mlrepro {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> names(const std::vector<AptSource>& sources) {
  std::vector<std::string> list;
  for (const auto& source : sources)
    list.push_back(source.uri + " " + source.suite);
  return list;
}

std::vector<std::string> names(const std::vector<DebianSource>& sources) {
  std::vector<std::string> list;
  for (const auto& source : sources)
    list.push_back(source.uri + " " + source.suite);
  return list;
}

class AptFolder : public testing::Test {
 protected:
  void write(const std::string& name, std::string_view text) const {
    write_file_atomically(folder.path() / name, text);
  }
  [[nodiscard]] std::vector<DebianSource> sources(const std::string& suite) const {
    OsConfig os;
    os.suite = suite;
    return debian_sources(os, folder.path());
  }
  TemporaryDirectory folder{testing::TempDir()};
};

TEST(AptSources, ReadsDeb822WithCommentsAndSeveralValues) {
  const auto sources = parse_deb822_sources(
      "# Debian\nTypes: deb deb-src\nURIs: http://a.test/debian/\n# a mirror\n http://b.test/debian\n"
      "Suites: bookworm bookworm-updates\nComponents: main\n contrib\nSigned-By: "
      "/usr/share/keyrings/debian.gpg\n\n"
      "Types: deb\nEnabled: no\nURIs: http://off.test\nSuites: x\n\nTypes: deb-src\nURIs: "
      "http://src.test\nSuites: x\n",
      "debian.sources");
  EXPECT_THAT(names(sources),
              ElementsAre("http://a.test/debian bookworm", "http://a.test/debian bookworm-updates",
                          "http://b.test/debian bookworm", "http://b.test/debian bookworm-updates"));
  EXPECT_THAT(sources[0].components, ElementsAre("main", "contrib"));
  EXPECT_EQ(sources[0].signed_by, "/usr/share/keyrings/debian.gpg");
}

TEST(AptSources, ReadsAnEmbeddedKey) {
  const auto sources = parse_deb822_sources(
      "Types: deb\nURIs: http://a.test\nSuites: x\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n "
      "mQINBF\n"
      " -----END PGP PUBLIC KEY BLOCK-----\n",
      "a.sources");
  EXPECT_EQ(sources.at(0).signed_by,
            "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQINBF\n-----END PGP PUBLIC KEY BLOCK-----\n");
}

TEST(AptSources, ReadsOneLineFormat) {
  const auto sources = parse_one_line_sources(
      "deb [ arch=amd64 signed-by=/a.gpg,/b.gpg ] http://a.test/debian/ bookworm main contrib # comment\n"
      "#deb http://off.test x main\ndeb-src http://src.test x main\n\ndeb\thttp://c.test ./\ndeb [arch=amd64 "
      "http://bad.test x\ndeb x\n");
  EXPECT_THAT(names(sources), ElementsAre("http://a.test/debian bookworm", "http://c.test ./"));
  EXPECT_EQ(sources[0].signed_by, "/a.gpg /b.gpg");
  EXPECT_THAT(sources[0].components, ElementsAre("main", "contrib"));
}

TEST_F(AptFolder, ReadsTheFilesThatAptReadsInItsOrder) {
  write("sources.list", "deb http://first.test a main\n");
  write("sources.list.d/b.list", "deb http://third.test a main\n");
  write("sources.list.d/a.sources", "Types: deb\nURIs: http://second.test\nSuites: a\nComponents: main\n");
  write("sources.list.d/c.list.disabled", "deb http://off.test a main\n");
  write("sources.list.d/d e.list", "deb http://off.test a main\n");
  write("mirrors", "# list\nhttps://mirror.test/debian/\tpriority:1\nhttps://other.test\n");
  write("sources.list.d/m.list", "deb mirror+file:" + (folder.path() / "mirrors").string() +
                                     " a main\ndeb cdrom:[Debian 12]/ a main\ndeb copy:/srv/a a main\n");
  EXPECT_THAT(names(read_apt_sources(folder.path())),
              ElementsAre("http://first.test a", "http://second.test a", "http://third.test a",
                          "https://mirror.test/debian a", "file:/srv/a a"));
}

TEST_F(AptFolder, BrokenFilesAreNamed) {
  write("sources.list.d/a.sources", "no colon here\n");
  try {
    (void)read_apt_sources(folder.path());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "bad-control");
    EXPECT_THAT(error.message(), HasSubstr("a.sources:1"));
  }
}

constexpr std::string_view machine =
    "deb http://third.test/tool stable main\ndeb [signed-by=/k.gpg] http://m.test/debian bookworm main\n"
    "deb [signed-by=/k.gpg] http://m.test/debian bookworm-updates main\n"
    "deb [signed-by=/k.gpg] http://m.test/debian-security bookworm-security main\n"
    "deb http://m.test/debian bookworm-backports main\n"
    "deb http://nvidia.test/cuda/debian12/x86_64 /\n";

TEST_F(AptFolder, GivesTheSuiteWithItsCompanions) {
  write("sources.list", machine);
  EXPECT_THAT(names(sources("bookworm")),
              ElementsAre("http://m.test/debian bookworm", "http://m.test/debian bookworm-updates",
                          "http://m.test/debian-security bookworm-security"));
  EXPECT_THAT(sources("bookworm")[0].keyrings, ElementsAre("/k.gpg"));
}

TEST_F(AptFolder, GivesAnotherSuiteFromTheSameMirror) {
  write("sources.list", machine);
  EXPECT_THAT(names(sources("trixie")),
              ElementsAre("http://m.test/debian trixie", "http://m.test/debian trixie-updates",
                          "http://m.test/debian-security trixie-security"));
  EXPECT_THAT(names(sources("sid")), ElementsAre("http://m.test/debian sid"));
  EXPECT_THAT(names(sources("bookworm-backports")), ElementsAre("http://m.test/debian bookworm-backports"));
}

TEST_F(AptFolder, OneArchiveInTwoFilesIsOneSource) {
  write("sources.list",
        "deb http://m.test/debian bookworm main\ndeb http://m.test/debian/ bookworm main contrib\n");
  const auto found = sources("bookworm");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0].components, ElementsAre("main", "contrib"));
}

TEST_F(AptFolder, WithoutSignedByTheTrustedKeysCount) {
  write("trusted.gpg", "x");
  write("trusted.gpg.d/b.asc", "x");
  write("trusted.gpg.d/a.gpg", "x");
  write("trusted.gpg.d/c.gpg~", "x");
  const std::string at = folder.path().string();
  write("sources.list", "deb http://m.test/debian bookworm main\n");
  EXPECT_THAT(sources("bookworm")[0].keyrings,
              ElementsAre(at + "/trusted.gpg", at + "/trusted.gpg.d/a.gpg", at + "/trusted.gpg.d/b.asc"));
  write("sources.list",
        "deb [signed-by=b8b80b5b623eab6ad8775c45b7c5d7d6350947f8!] http://m.test/debian bookworm main\n");
  EXPECT_EQ(sources("bookworm")[0].keyrings.size(), 3U);
  EXPECT_THAT(sources("bookworm")[0].only_keys, ElementsAre("B8B80B5B623EAB6AD8775C45B7C5D7D6350947F8!"));
}

TEST_F(AptFolder, AMachineWithoutArchivesIsToldWhichKeyToSet) {
  write("sources.list", "deb http://off.test/flat ./\n");
  try {
    (void)sources("bookworm");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "no-os-index");
    EXPECT_EQ(error.kind(), ErrorKind::surroundings);
    EXPECT_THAT(error.hint(), HasSubstr("[[os.index]]"));
  }
}

TEST_F(AptFolder, TheManifestsIndexesReplaceTheMachines) {
  write("sources.list", machine);
  OsConfig os;
  os.suite = "stable";
  os.indexes = {{"http://own.test/debian/", {}, {}, "/own.asc"}, {"http://b.test", {"x", "y"}, {"c"}, {}}};
  const auto found = debian_sources(os, folder.path());
  EXPECT_THAT(names(found),
              ElementsAre("http://own.test/debian stable", "http://b.test x", "http://b.test y"));
  EXPECT_THAT(found[0].keyrings, ElementsAre("/own.asc"));
  EXPECT_THAT(found[0].components, ElementsAre("main"));
  EXPECT_THAT(found[0].origin, IsEmpty());
}

TEST_F(AptFolder, FurtherSuitesAndExtraIndexesStandBesideTheMachines) {
  write("sources.list",
        "deb http://a.test/debian tiny main contrib\ndeb http://s.test/debian-security tiny-security main\n"
        "deb http://own.test/debian tiny-fast main\n");
  OsConfig os;
  os.suite = "tiny";
  os.suites = {"tiny-backports", "tiny-fast"};
  OsIndexConfig vendor;
  vendor.url = "http://vendor.test";
  vendor.extra = true;
  os.indexes = {vendor};
  const auto found = debian_sources(os, folder.path());
  EXPECT_THAT(names(found),
              ElementsAre("http://a.test/debian tiny", "http://s.test/debian-security tiny-security",
                          "http://a.test/debian tiny-backports", "http://own.test/debian tiny-fast",
                          "http://vendor.test tiny"));
  EXPECT_THAT(found[2].components, ElementsAre("main", "contrib"));
  os.distribution = "ubuntu";
  os.indexes[0].extra = false;
  EXPECT_THAT(names(debian_sources(os, folder.path())),
              ElementsAre("http://vendor.test tiny", "http://vendor.test tiny-updates",
                          "http://vendor.test tiny-security", "http://vendor.test tiny-backports",
                          "http://vendor.test tiny-fast"));
}

}  // namespace
}  // namespace mlrepro
