"""An edit moves what it names and what it must; all else stays as it was locked."""

import pytest


def lock(project, *arguments):
    return project.run("lock", "--json", *arguments).succeeded()


@pytest.fixture
def locked(project, world):
    """app and other are locked at 1.0, each with a dependency; since then 2.0 of each has come."""
    index = world.index
    index.add("app", "1.0", requires=["app-lib"])
    index.add("other", "1.0", requires=["other-lib"])
    index.add("app-lib", "1.0")
    index.add("other-lib", "1.0")
    index.publish()
    project.manifest(["python3"], ["app", "other"])
    lock(project)
    index.add("app", "1.5", requires=["app-lib"])
    index.add("app", "2.0", requires=["app-lib>=2"])
    index.add("other", "2.0", requires=["other-lib"])
    index.add("app-lib", "2.0")
    index.add("other-lib", "2.0")
    index.publish()
    return project


ALL_OLD = {"app": "1.0", "app-lib": "1.0", "other": "1.0", "other-lib": "1.0"}


def test_an_edit_moves_that_one_alone(locked):
    locked.manifest(["python3"], ["app>1,<2", "other"])
    answer = lock(locked).json()
    assert locked.versions("python") == {**ALL_OLD, "app": "1.5"}
    assert [change["name"] for change in answer["changes"]] == ["app"]


def test_an_edit_moves_what_it_must(locked):
    locked.manifest(["python3"], ["app>=2", "other"])
    lock(locked)
    assert locked.versions("python") == {**ALL_OLD, "app": "2.0", "app-lib": "2.0"}


def test_a_removal_takes_its_orphans(locked):
    locked.manifest(["python3"], ["other"])
    answer = lock(locked).json()
    assert locked.versions("python") == {"other": "1.0", "other-lib": "1.0"}
    assert {change["name"] for change in answer["changes"]} == {"app", "app-lib"}


def test_an_addition_moves_nothing(locked):
    locked.manifest(["python3"], ["app", "other", "beta"])
    lock(locked)
    assert locked.versions("python") == {**ALL_OLD, "beta": "2.0"}


def test_an_edit_of_the_os_moves_no_wheel(locked):
    locked.manifest(["python3", "greeting"], ["app", "other"])
    lock(locked)
    assert locked.versions("python") == ALL_OLD


def test_a_new_requirement_may_force_a_downgrade(locked, world):
    locked.manifest(["python3"], ["app>=2", "other"])
    lock(locked)
    world.index.add("conservative", "1.0", requires=["app<2"])
    world.index.publish()
    locked.manifest(["python3"], ["app", "other", "conservative"])
    lock(locked)
    assert locked.versions("python") == {**ALL_OLD, "app": "1.5", "app-lib": "2.0", "conservative": "1.0"}


def test_a_locked_version_that_vanished_moves_with_a_word(locked, world):
    world.index.remove("other", "other-1.0-py3-none-any.whl")
    world.index.publish()
    locked.manifest(["python3"], ["app", "other", "beta"])
    result = lock(locked)
    assert locked.versions("python") == {**ALL_OLD, "other": "2.0", "beta": "2.0"}
    assert "other 1.0 is locked, but the index has it no more" in result.err


@pytest.mark.parametrize("form", ["html", "json"])
def test_a_locked_version_that_was_yanked_stays(locked, world, form):
    world.index.add("other", "1.0", requires=["other-lib"], yanked="does not work")
    world.index.publish()
    locked.manifest(["python3"], ["app", "other", "beta"])
    result = locked.run("lock", "--json", env={"PIP_INDEX_URL": getattr(world.index, form)}).succeeded()
    assert locked.versions("python") == {**ALL_OLD, "beta": "2.0"}
    assert 'other 1.0 is yanked ("does not work"): it is locked and stays' in result.err
    lock(locked, "--upgrade")
    assert locked.versions("python")["other"] == "2.0"


def test_a_locked_pre_release_stays(project, world):
    project.manifest(["python3"], ["alpha>=2.1b1"])
    lock(project)
    assert project.versions("python")["alpha"] == "2.1b1"
    project.manifest(["python3"], ["alpha", "tool"])
    lock(project)
    assert project.versions("python")["alpha"] == "2.1b1"
    lock(project, "--upgrade-package", "alpha")
    assert project.versions("python")["alpha"] == "2.0"


def test_upgrade_package_moves_it_and_what_it_must(locked):
    lock(locked, "--upgrade-package", "app")
    assert locked.versions("python") == {**ALL_OLD, "app": "2.0", "app-lib": "2.0"}
    lock(locked, "--upgrade-package", "Other_Lib")
    assert locked.versions("python") == {"app": "2.0", "app-lib": "2.0", "other": "1.0", "other-lib": "2.0"}


def test_os_packages_stay_and_move_alike(project, world, tmp_path):
    from conftest import tiny

    def os_versions():
        return {name: version for name, version in project.versions("os").items() if "greeting" in name}

    project.manifest(["python3", "greeting"])
    lock(project)
    tiny(tmp_path, world.archive, "greeting", "1.6-1", depends="libgreeting (>= 2)")
    tiny(tmp_path, world.archive, "libgreeting", "2.1-1")
    world.archive.publish()
    project.manifest(["python3", "greeting", "greeting-extras"])
    lock(project)
    assert os_versions() == {"greeting": "1.5-1", "libgreeting": "2.0-1", "greeting-extras": "0.1"}
    lock(project, "--upgrade-package", "libgreeting")
    assert os_versions() == {"greeting": "1.5-1", "libgreeting": "2.1-1", "greeting-extras": "0.1"}
    project.manifest(["python3", "greeting"])
    lock(project)
    assert os_versions() == {"greeting": "1.5-1", "libgreeting": "2.1-1"}
