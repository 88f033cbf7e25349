"""An archive like Ubuntu's, beside apt: its suites and components, updates that reach machines bit by bit."""

import json

import pytest
from world.apt import Apt, is_here
from world.debian_archive import StanzaArchive

pytestmark = pytest.mark.skipif(not is_here(), reason="apt is the oracle")


@pytest.fixture
def archive(world, tmp_path):
    """Three suites; what is in updates reaches 10 of 100 machines, or none."""
    archive = StanzaArchive(world.server, world.key, tmp_path)
    archive.package("tool", "1.0", "noble", depends="lib", original_maintainer="Someone <someone@example.org>")
    archive.package("lib", "1.0", "noble", section="universe/libs")
    archive.package("tool", "1.0ubuntu1", "noble-updates", depends="lib (>= 1.0ubuntu1)", phased_update_percentage="10")
    archive.package("lib", "1.0ubuntu1", "noble-updates", section="universe/libs", phased_update_percentage="0")
    archive.package("held", "1.0", "noble")
    archive.package("held", "1.0ubuntu0.1", "noble-security")
    archive.package("held", "1.0ubuntu0.2", "noble-updates", phased_update_percentage="50")
    for suite in ("noble", "noble-updates", "noble-security"):
        archive.publish(suite, origin="Ubuntu", extra="Version: 24.04\n")
    return archive


def test_updates_in_phases_are_taken_as_apt_takes_them_in_a_new_root(project, archive, tmp_path):
    folder = archive.sources()
    project.environment["MLREPRO_APT_DIR"] = str(folder)
    project.write("mlrepro.toml", '[os]\ndistribution = "ubuntu"\nsuite = "noble"\npackages = ["tool", "held"]\n')
    project.run("lock").succeeded()
    sources = (folder / "sources.list.d/tests.sources").read_text()
    expected = Apt(tmp_path / "apt-root", sources).choice("tool", "held")
    assert project.versions("os") == expected == {"tool": "1.0ubuntu1", "lib": "1.0ubuntu1", "held": "1.0ubuntu0.2"}
    lock = project.lock_document()["os"]
    assert lock["distribution"] == "ubuntu"
    assert [release["source"] for release in lock["releases"]] == sorted(
        f"ubuntu {suite}" for suite in ("noble", "noble-updates", "noble-security"))
    package, = project.run("why", "tool", "--json").succeeded().json()["packages"]
    assert not package.get("choice")


def test_an_index_by_url_has_its_updates(project, archive):
    """[[os.index]] without suites: Ubuntu keeps them in the same archive."""
    project.environment["MLREPRO_APT_DIR"] = str(project.folder)
    project.write("mlrepro.toml", '[os]\ndistribution = "ubuntu"\nsuite = "noble"\npackages = ["held"]\n'
                  f'[[os.index]]\nurl = "{archive.url}"\nsigned-by = {json.dumps(str(archive.key.public))}\n')
    project.run("lock").succeeded()
    assert project.versions("os") == {"held": "1.0ubuntu0.2"}
