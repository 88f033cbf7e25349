"""The same question again: an answer is kept with the pages that it rests on, and holds while they say the same."""

import shutil

import pytest

from world.handmade_index import Index
from world.program import Project


@pytest.fixture
def index(world, tmp_path):
    made = Index(world, Project(tmp_path / "project", world))
    listed(made, "a", ("1.0", ["b"]))
    listed(made, "b", ("1.0", []))
    return made


def listed(index, name, *releases):
    links = [index.wheel(name, version, requires=requires) for version, requires in releases]
    index.page(name, "".join(f'<a href="../../files/{file}#sha256={digest}">x</a>' for file, digest in links))


def forgotten(index, *requirements, **options):
    index.project.lockfile.unlink(missing_ok=True)
    return index.locked(*requirements, **options)


def test_same_question_reads_no_metadata_and_gives_the_same_bytes(index):
    index.locked("a")
    first = index.project.lockfile.read_bytes()
    for folder in (index.project.cache / "metadata").iterdir():
        if len(folder.name) == 2:
            shutil.rmtree(folder)
    forgotten(index, "a", arguments=["--offline"])
    assert index.project.lockfile.read_bytes() == first


def test_without_the_kept_answer_it_is_found_anew(index):
    index.locked("a")
    first = index.project.lockfile.read_bytes()
    shutil.rmtree(index.project.cache / "metadata/answers")
    forgotten(index, "a", arguments=["--offline"])
    assert index.project.lockfile.read_bytes() == first


@pytest.mark.parametrize("damage", [lambda body: body[:-3], lambda body: body[:20] + b"?" + body[21:], lambda body: b""])
def test_damaged_answer_is_found_anew(index, damage):
    index.locked("a")
    first = index.project.lockfile.read_bytes()
    kept = [path for path in (index.project.cache / "metadata/answers").rglob("*") if path.is_file()]
    assert len(kept) == 1
    kept[0].write_bytes(damage(kept[0].read_bytes()))
    forgotten(index, "a", arguments=["--offline"])
    assert index.project.lockfile.read_bytes() == first


def test_page_that_changed_counts(index):
    assert index.locked("a") == {"a": "1.0", "b": "1.0"}
    listed(index, "b", ("1.0", []), ("2.0", []))
    assert forgotten(index, "a") == {"a": "1.0", "b": "2.0"}
    listed(index, "b", ("1.0", []))
    assert forgotten(index, "a") == {"a": "1.0", "b": "1.0"}


def test_pages_are_asked_for_at_once_and_wheels_are_not(index):
    index.locked("a")
    index.project.lockfile.unlink()
    result = index.lock("a").succeeded()
    assert result.json()["network"]["requests"] == 2


def test_project_that_appeared_counts(index):
    listed(index, "a", ("1.0", []), ("2.0", ["gone"]))
    assert index.locked("a") == {"a": "1.0"}
    listed(index, "gone", ("1.0", []))
    assert forgotten(index, "a") == {"a": "2.0", "gone": "1.0"}


def test_page_that_is_no_more_wanted_may_fail(index, world):
    index.locked("a")
    listed(index, "a", ("1.0", ["b"]), ("2.0", []))
    world.server.fault("/odd/simple/b/", "status", 403)
    assert forgotten(index, "a") == {"a": "2.0"}


def test_another_question_is_another_answer(index):
    listed(index, "b", ("1.0", []), ("2.0", []))
    assert index.locked("a") == {"a": "1.0", "b": "2.0"}
    assert forgotten(index, "a", "b<2") == {"a": "1.0", "b": "1.0"}
    assert forgotten(index, "a") == {"a": "1.0", "b": "2.0"}


def test_warnings_are_said_again(index):
    file, digest = index.wheel("b", "1.0")
    index.page("b", f'<a href="../../files/{file}#sha256={digest}">x</a><a href="../../files/b-what-py3-none-any.whl">x</a>')
    assert "passed over" in index.lock("a").succeeded().err
    index.project.lockfile.unlink()
    assert "passed over" in index.lock("a", arguments=["--offline"]).succeeded().err


def test_files_without_a_digest_are_read_again(index):
    file, _ = index.wheel("b", "1.0")
    index.page("b", f'<a href="../../files/{file}">x</a>')
    index.locked("a")
    first = index.project.lock_document()["python"]["packages"][1]["file"]["sha256"]
    index.wheel("b", "1.0", files={"b/__init__.py": "changed = True\n"})
    forgotten(index, "a")
    assert index.project.lock_document()["python"]["packages"][1]["file"]["sha256"] != first


def test_operating_system_is_not_solved_again(project):
    project.manifest(["greeting"])
    project.run("lock").succeeded()
    first = project.lockfile.read_bytes()
    solver_files = project.cache / "solv"
    for file in solver_files.glob("*.solv"):
        file.unlink()
    project.lockfile.unlink()
    project.run("lock", "--offline").succeeded()
    assert project.lockfile.read_bytes() == first
    assert not list(solver_files.glob("*.solv"))
    project.manifest(["libgreeting"])
    project.run("lock", "--offline").succeeded()
    assert "greeting" not in {package["name"] for package in project.lock_document()["os"]["packages"]}
    assert list(solver_files.glob("*.solv"))
