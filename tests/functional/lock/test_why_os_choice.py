"""mlrepro why of OS packages: where the choice is not apt's default, and why."""

import json

import pytest
from world.debian_archive import StanzaArchive

BACKPORTS = "NotAutomatic: yes\nButAutomaticUpgrades: yes\n"


@pytest.fixture
def archive(world, tmp_path):
    archive = StanzaArchive(world.server, world.key, tmp_path)
    archive.package("tool", "1.0", depends="first | second, mta")
    for name in ("first", "second"):
        archive.package(name)
    archive.package("mailer", provides="mta")
    archive.package("tool", "2.0", "stable-backports", depends="first | second, mta")
    archive.publish("stable")
    archive.publish("stable-backports", extra=BACKPORTS)
    return archive


def why(project, archive, name, packages, extra="", lock=True):
    """The notes, told without network."""
    project.write("mlrepro.toml", f'[os]\nsuite = "stable"\nsuites = ["stable-backports"]\npackages = {json.dumps(packages)}\n'
                                  + extra)
    environment = {"MLREPRO_APT_DIR": str(archive.sources(["stable"]))}
    if lock:
        project.lockfile.unlink(missing_ok=True)
        project.run("lock", env=environment).succeeded()
    archive.server.log.clear()
    package, = project.run("why", name, "--json", env=environment).succeeded().json()["packages"]
    assert archive.server.log == []
    return package.get("choice", [])


PIN = '[[os.pin]]\npackage = "*"\nrelease = "stable-backports"\npriority = 600\n'


@pytest.mark.parametrize("name, packages, extra, notes", [
    ("tool", ["tool"], "", []),
    ("tool", ["tool"], PIN,
     ['apt by itself would take tool 1.0: os.pin of "*" for release stable-backports, priority 600, decides']),
    ("tool", ["tool/stable-backports"], "",
     ['apt by itself would take tool 1.0: os.packages asks for "tool/stable-backports"']),
    ("second", ["tool"], 'exclude = ["first"]\n',
     ["apt would not take it by itself: os.exclude leaves out first",
      'tool needs "first | second": os.exclude leaves out first']),
    ("second", ["second", "tool"], "", ['tool needs "first | second": second is asked for by itself']),
    ("first", ["tool"], "", []),
    ("mailer", ["tool"], "", ['tool needs "mta", which it provides']),
], ids=["default", "pin", "suite", "exclusion", "alternative", "first", "provider"])
def test_choice_is_explained(project, archive, name, packages, extra, notes):
    assert why(project, archive, name, packages, extra) == notes


def test_version_of_the_lock_before(project, archive):
    why(project, archive, "tool", ["tool"])
    archive.package("tool", "1.1", depends="first")
    archive.package("more")
    archive.publish("stable")
    project.write("mlrepro.toml", '[os]\nsuite = "stable"\nsuites = ["stable-backports"]\npackages = ["tool", "more"]\n')
    project.run("lock", env={"MLREPRO_APT_DIR": str(archive.sources(["stable"]))}).succeeded()
    note, = why(project, archive, "tool", ["tool", "more"], lock=False)
    assert note == ("kept from the lock before: a fresh choice is tool 1.1; mlrepro lock --upgrade-package tool takes it")


def test_indexes_that_are_gone_are_said(project, archive):
    why(project, archive, "tool", ["tool"])
    for path in project.cache.joinpath("store").rglob("*"):
        if path.is_file():
            path.unlink()
    note, = why(project, archive, "tool", ["tool"], lock=False)
    assert "no longer has the lock's indexes" in note
