"""Relations between packages, each small archive solved by apt as well: Multi-Arch, Provides, Breaks, architectures."""

import json

import pytest
from world.apt import Apt, is_here
from world.debian_archive import StanzaArchive

pytestmark = pytest.mark.skipif(not is_here(), reason="apt is the oracle")

# name: (packages as (name, version, fields), wishes)
ARCHIVES = {
    "any-of-allowed": ([("app", "1", {"depends": "lang:any"}), ("lang", "1", {"multi_arch": "allowed"})], ["app"]),
    "any-of-allowed-versioned": ([("app", "1", {"depends": "lang:any (>= 2)"}),
                                  ("lang", "3", {"multi_arch": "allowed"})], ["app"]),
    "any-versioned-too-old": ([("app", "1", {"depends": "lang:any (>= 2)"}),
                               ("lang", "1", {"multi_arch": "allowed"})], ["app"]),
    "any-of-foreign": ([("app", "1", {"depends": "lang:any"}), ("lang", "1", {"multi_arch": "foreign"})], ["app"]),
    "any-of-plain": ([("app", "1", {"depends": "lang:any"}), ("lang", "1", {})], ["app"]),
    "any-of-same": ([("app", "1", {"depends": "lang:any"}), ("lang", "1", {"multi_arch": "same"})], ["app"]),
    "any-provided-by-allowed": ([("app", "1", {"depends": "lang:any"}),
                                 ("snake", "1", {"multi_arch": "allowed", "provides": "lang"})], ["app"]),
    "any-provided-by-plain": ([("app", "1", {"depends": "lang:any"}), ("snake", "1", {"provides": "lang"})], ["app"]),
    "any-or-other": ([("app", "1", {"depends": "lang:any | other"}), ("lang", "1", {}), ("other", "1", {})], ["app"]),
    "same": ([("app", "1", {"depends": "lib (>= 1)"}), ("lib", "1", {"multi_arch": "same"})], ["app"]),
    "foreign-all": ([("app", "1", {"depends": "docs"}), ("docs", "1", {"architecture": "all",
                                                                       "multi_arch": "foreign"})], ["app"]),
    "own-architecture": ([("app", "1", {"depends": "lib:amd64 (>= 1)"}), ("lib", "1", {})], ["app"]),
    "other-architecture": ([("app", "1", {"depends": "lib:i386"}), ("lib", "1", {})], ["app"]),
    "provides-versioned": ([("app", "1", {"depends": "api (>= 2)"}), ("old", "9", {"provides": "api (= 1)"}),
                            ("right", "1", {"provides": "api (= 2.1)"})], ["app"]),
    "provides-without-version": ([("app", "1", {"depends": "api (>= 2)"}), ("old", "9", {"provides": "api"})], ["app"]),
    "provides-beside-the-real-one": ([("app", "1", {"depends": "api (>= 2)"}), ("api", "1", {}),
                                      ("right", "1", {"provides": "api (= 2)"})], ["app"]),
    "breaks-an-old-version": ([("app", "1", {"depends": "lib", "breaks": "lib (<< 2)"}), ("lib", "1", {})], ["app"]),
    "breaks-another": ([("app", "1", {"depends": "one | two", "breaks": "one"}), ("one", "1", {}), ("two", "1", {})],
                       ["app"]),
    "conflicts-with-own-provide": ([("app", "1", {"provides": "mta", "conflicts": "mta"})], ["app"]),
    "conflicts-among-providers": ([("app", "1", {"depends": "mta"}), ("more", "1", {"conflicts": "aa"}),
                                   ("aa", "1", {"provides": "mta"}), ("bb", "1", {"provides": "mta"})],
                                  ["app", "more"]),
    "pre-depends": ([("app", "1", {"pre_depends": "first"}), ("first", "1", {"depends": "second"}),
                     ("second", "1", {})], ["app"]),
    "priority-of-providers": ([("app", "1", {"depends": "mta"}), ("aa", "1", {"provides": "mta", "priority": "extra"}),
                               ("zz", "1", {"provides": "mta", "priority": "important"})], ["app"]),
    "protected-is-no-base": ([("app", "1", {}), ("guard", "1", {"protected": "yes"}),
                              ("weight", "1", {"important": "yes"})], ["app"]),
    "loop": ([("app", "1", {"depends": "lib"}), ("lib", "1", {"depends": "app (= 1)"})], ["app"]),
    "epoch-and-tilde": ([("app", "1", {"depends": "lib (>= 1:2~rc1)"}), ("lib", "1:2~rc1", {}), ("lib", "9", {})],
                        ["app"]),
}


def names_of(project, status):
    result = project.run("lock", "--json", env={"MLREPRO_APT_DIR": project.apt})
    if status is None:
        result.failed(1)
        return None
    result.succeeded()
    return project.versions("os")


@pytest.mark.parametrize("name", ARCHIVES)
def test_relation_as_apt_reads_it(project, world, tmp_path, name):
    packages, wishes = ARCHIVES[name]
    archive = StanzaArchive(world.server, world.key, tmp_path)
    for package, version, fields in packages:
        archive.package(package, version, **fields)
    archive.publish()
    project.apt = str(archive.sources())
    sources = (archive.sources() / "sources.list.d/tests.sources").read_text()
    expected = Apt(tmp_path / "apt-root", sources).choice(*wishes)
    project.write("mlrepro.toml", f'[os]\nsuite = "stable"\npackages = {json.dumps(wishes)}\n')
    assert names_of(project, expected) == expected


def test_breaks_and_conflicts_are_told_apart(project, world, tmp_path):
    archive = StanzaArchive(world.server, world.key, tmp_path)
    archive.package("app", breaks="lib (<< 2)", conflicts="enemy")
    archive.package("lib")
    archive.package("enemy")
    archive.publish()
    project.apt = str(archive.sources())
    for other, words in (("lib", "breaks lib (<< 2)"), ("enemy", "conflicts with enemy")):
        project.write("mlrepro.toml", f'[os]\nsuite = "stable"\npackages = ["app", "{other}"]\n')
        result = project.run("lock", "--json", env={"MLREPRO_APT_DIR": project.apt}).failed(1)
        assert words in result.json()["conflicts"][0]["message"]


def test_arm64_is_locked_from_any_host_and_built_on_its_own(project, world, tmp_path):
    archive = StanzaArchive(world.server, world.key, tmp_path)
    archive.package("tool", "1", depends="lib")
    archive.package("lib", "1")
    archive.package("tool", "2", architecture="arm64", depends="lib, docs")
    archive.package("lib", "2", architecture="arm64", essential="yes")
    archive.package("docs", "2", architecture="all", index="arm64")
    archive.publish(architectures=("amd64", "arm64"))
    project.apt = str(archive.sources())
    platform = '[environment]\nplatforms = ["linux/arm64"]\n'
    project.write("mlrepro.toml", f'{platform}[os]\nsuite = "stable"\npackages = ["tool"]\n')
    assert names_of(project, 0) == {"tool": "2", "lib": "2", "docs": "2"}
    sources = (archive.sources() / "sources.list.d/tests.sources").read_text()
    assert Apt(tmp_path / "apt-root", sources, architecture="arm64").choice("tool") == names_of(project, 0)
    section = project.lock_document()["os"]
    assert section["architecture"] == "arm64"
    assert [index["path"] for index in section["releases"][0]["indexes"]] == ["main/binary-arm64/Packages.xz"]
    error = project.run("build", "--json").failed(3).json()["error"]
    assert error["code"] == "foreign-architecture" and "linux/arm64" in error["message"]
    project.write("mlrepro.toml", '[os]\nsuite = "stable"\npackages = ["tool"]\n')
    assert "platforms" in json.dumps(project.run("lock", "--check", "--json").failed(1).json()["drift"])
    assert names_of(project, 0) == {"tool": "1", "lib": "1"}
