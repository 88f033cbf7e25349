#include "documents/lockfile/lockfile.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace mlrepro {
namespace {

Lockfile sample() {
  Lockfile lock;
  lock.inputs = {{"platforms", {"linux/amd64"}}};
  OsSection os{"debian", "bookworm", "amd64", {}, {}};
  os.releases.push_back({"debian bookworm",
                         "bookworm",
                         sha256("r"),
                         7,
                         "2026-01-10T09:02:37Z",
                         {"4CB5"},
                         {{"main", "main/binary-amd64/Packages.xz", 9, sha256("p")}}});
  os.packages.push_back({"dash",
                         "0.5.12-2",
                         "amd64",
                         "debian bookworm",
                         "pool/main/d/dash.deb",
                         3,
                         sha256("d"),
                         false,
                         true,
                         {"base-files"}});
  lock.os = os;
  PythonSection python;
  python.interpreter = {
      "python3.11", "3.11.2", "cpython", "glibc 2.36", {"cp311-cp311-manylinux_2_36_x86_64"}};
  python.packages.push_back({"numpy",
                             "2.0.0",
                             "pypi",
                             {"numpy-2.0.0-cp311-cp311-manylinux_2_17_x86_64.whl", 5, sha256("n")},
                             {"a>=1"},
                             {},
                             true,
                             {}});
  lock.python = python;
  return lock;
}

TEST(Lockfile, RenderAndParseAreInverse) {
  const std::string bytes = render_lockfile(sample());
  EXPECT_EQ(render_lockfile(parse_lockfile(bytes, "l")), bytes);
}

Lockfile with_targets() {
  Lockfile lock = sample();
  lock.inputs["platforms"] = {"linux/amd64", "linux/arm64"};
  for (const char* version : {"3.11.2", "3.12.4"}) {
    LockTarget target{"linux/arm64", lock.os, lock.python, {}};
    target.os->architecture = "arm64";
    target.python->interpreter.version = version;
    lock.targets.push_back(target);
  }
  return lock;
}

TEST(LockTargets, AreNamedInOrder) {
  const Lockfile lock = with_targets();
  const std::string bytes = render_lockfile(lock);
  EXPECT_EQ(render_lockfile(parse_lockfile(bytes, "l")), bytes);
  std::string names;
  for (const auto& name : lock.target_names())
    names += name.str() + "; ";
  EXPECT_EQ(names, "linux/amd64 python3.11; linux/arm64 python3.11; linux/arm64 python3.12; ");
  EXPECT_EQ(sample().target_names().size(), 1U);
  EXPECT_EQ(render_lockfile(sample()).find("targets"), std::string::npos);
}

TEST(LockTargets, OneIsALockWithTheIdOfTheWhole) {
  Lockfile lock = with_targets();
  const Sha256 id = lock.id();
  const TargetName name{"linux/arm64", "3.12"};
  const Lockfile part = lock.target(name);
  EXPECT_EQ(part.id(), id);
  EXPECT_EQ(part.machine(), "aarch64");
  EXPECT_EQ(part.name(), name);
  EXPECT_EQ(part.os->architecture, "arm64");
  EXPECT_TRUE(part.targets.empty());
  EXPECT_EQ(lock.machine(), "x86_64");
  EXPECT_THROW((void)lock.target({"linux/arm64", "3.13"}), Error);
}

TEST(LockTargets, ImagesBelongToNoId) {
  Lockfile lock = with_targets();
  const Sha256 id = lock.id();
  const auto sections = lock.section_digests();
  lock.image_of({"linux/arm64", "3.12"}) = ImageSection{sha256("i"), sha256("c"), {sha256("1")}, 1, {}};
  EXPECT_EQ(lock.id(), id);
  EXPECT_EQ(lock.section_digests(), sections);
  EXPECT_FALSE(lock.image);
  EXPECT_FALSE(lock.targets[0].image);
  EXPECT_EQ(parse_lockfile(render_lockfile(lock), "l").targets[1].image->digest, sha256("i"));
  lock.targets[1].python->packages[0].version = "2.0.1";
  EXPECT_NE(lock.id(), id);
}

TEST(LockTargets, WhatCannotBeToldApartIsRefused) {
  Lockfile twice = with_targets();
  twice.targets[1] = twice.targets[0];
  EXPECT_THROW((void)parse_lockfile(render_lockfile(twice), "l"), Error);
  Lockfile odd = with_targets();
  odd.targets[0].platform = "linux/vax";
  EXPECT_THROW((void)parse_lockfile(render_lockfile(odd), "l"), Error);
}

TEST(Lockfile, SourcesAndTheirBuildsAreKept) {
  Lockfile lock = sample();
  PythonPackage source = lock.python->packages[0];
  source.name = "tool";
  source.file = {"tool-1.tar", 8, sha256("t")};
  source.origin = PythonOrigin{
      "", "", VcsPin{"https://example.org/tool", std::string(40, 'a'), std::string(40, 'b')}, "sub"};
  lock.python->builds.push_back({"tool", "1", sha256("t"), "flit_core.buildapi", {"."}, {"flit_core"}, {}});
  lock.python->builds[0].packages.push_back(lock.python->packages[0]);
  lock.python->packages.push_back(source);
  lock.image =
      ImageSection{sha256("i"), sha256("c"), {sha256("1")}, 1, {{"tool-1-py3-none-any.whl", 4, sha256("w")}}};
  const std::string bytes = render_lockfile(lock);
  EXPECT_EQ(render_lockfile(parse_lockfile(bytes, "l")), bytes);
  EXPECT_NE(bytes.find("\"commit\": \"aaaa"), std::string::npos);
  const auto read = parse_lockfile(bytes, "l");
  EXPECT_EQ(read.python->builds[0].packages[0].name, "numpy");
  EXPECT_EQ(read.python->packages[1].origin->subdirectory, "sub");
  EXPECT_EQ(read.image->wheels[0].sha256, sha256("w"));
}

TEST(Lockfile, IdIgnoresTheImage) {
  Lockfile lock = sample();
  const auto id = lock.id();
  lock.image = ImageSection{sha256("i"), sha256("c"), {sha256("1")}, 1};
  EXPECT_EQ(lock.id(), id);
  lock.os->packages[0].version = "0.5.12-3";
  EXPECT_NE(lock.id(), id);
}

TEST(Lockfile, RefusesNewerVersionToleratesNewerRevision) {
  std::string bytes = render_lockfile(sample());
  std::string newer = bytes;
  newer.replace(newer.find("\"version\": 1"), 12, "\"version\": 2");
  try {
    (void)parse_lockfile(newer, "l");
    FAIL() << "accepted a newer version";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "lock-version");
  }
  bytes.replace(bytes.find("\"revision\": 0"), 13, "\"revision\": 1, \"novelty\": {}");
  EXPECT_EQ(parse_lockfile(bytes, "l").id(), sample().id());
}

TEST(Lockfile, NamesTheKeyThatIsWrong) {
  std::string bytes = render_lockfile(sample());
  bytes.replace(bytes.find("\"essential\""), 11, "\"esential\"");
  try {
    (void)parse_lockfile(bytes, "l");
    FAIL() << "accepted an unknown key";
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("os.packages[0].esential"), std::string::npos) << error.message();
  }
}

TEST(Lockfile, EpochIsTheNewestReleaseDate) {
  EXPECT_EQ(sample().source_date_epoch(), 1768035757);
}

}  // namespace
}  // namespace mlrepro
