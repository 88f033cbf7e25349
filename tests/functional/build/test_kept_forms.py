"""What a build keeps for later ones: it saves time, and never changes a byte."""

import os
import shutil
import time

import pytest

from world.program import Project


def image_of(project):
    return project.run("build", "--json").succeeded().json()


def anew(project):
    """The project as if it had never been built, with all that its cache keeps."""
    shutil.rmtree(project.cache / "images")
    return image_of(project)


def forms(project, kind):
    """The notes of that kind, each with the blob that it names."""
    notes = sorted((project.cache / "kept").glob(f"{kind}-*"))
    return {note: project.cache / "store/sha256" / (digest := note.read_text().strip())[:2] / digest for note in notes}


def replace(path, data):
    path.unlink()
    path.write_bytes(data)


def test_a_build_from_what_was_kept_has_the_same_digest(built):
    before = built.lock_document()["image"]["digest"]
    assert forms(built, "data") and forms(built, "bytecode")
    again = anew(built)
    assert not again["reused"]
    assert again["image"]["digest"] == before


def test_sources_of_a_kept_wheel_are_not_compiled_again(built):
    image = anew(built)["image"]["digest"].split(":")[1]
    logs = built.cache / "images" / image / "log"
    assert not list(logs.glob("compile-*"))
    shutil.rmtree(built.cache / "kept")
    assert anew(built)["image"]["digest"] == f"sha256:{image}"
    assert list(logs.glob("compile-*"))


@pytest.mark.parametrize("kind", ["data", "bytecode"])
@pytest.mark.parametrize("damage", [
    pytest.param(lambda note, blob: blob.unlink(), id="blob-gone"),
    pytest.param(lambda note, blob: replace(blob, blob.read_bytes()[:-7]), id="blob-cut"),
    pytest.param(lambda note, blob: replace(blob, b"\0" * 100), id="blob-zeros"),
    pytest.param(lambda note, blob: replace(note, b""), id="note-empty"),
    pytest.param(lambda note, blob: replace(note, b"../../../etc/passwd\n"), id="note-strange"),
])
def test_damaged_forms_are_made_again(built, kind, damage):
    before = built.lock_document()["image"]["digest"]
    for note, blob in forms(built, kind).items():
        if blob.exists():
            damage(note, blob)
    assert anew(built)["image"]["digest"] == before
    assert all(blob.stat().st_size > 100 or kind == "data" for blob in forms(built, kind).values())


def test_a_build_from_scratch_trusts_nothing_that_was_kept(built):
    """A blob with other bytecode, noted as if it were right: only a build that uses it may be wrong."""
    notes = forms(built, "bytecode")
    for note in notes:
        replace(note, (next(iter(notes.values())).name + "\n").encode())
    assert built.run("verify", "--image", "--json").succeeded().json()["verdict"] == "verified"


def test_a_cache_without_room_for_them_builds_all_the_same(built):
    before = built.lock_document()["image"]["digest"]
    shutil.rmtree(built.cache / "kept")
    (built.cache / "kept").write_text("no folder\n")
    assert anew(built)["image"]["digest"] == before


def test_another_project_with_the_same_wheel_has_its_bytecode(built, tmp_path, world):
    other = Project(tmp_path / "other", world, built.cache)
    other.manifest(["python3"], ["tool"], ["python3"], [])
    other.run("lock").succeeded()
    image = image_of(other)["image"]["digest"].split(":")[1]
    assert not list((built.cache / "images" / image / "log").glob("compile-*"))
    answer = other.run("run", "--no-record", "--", "python3", "-v", "-c", "import tool").succeeded()
    assert "__pycache__/__init__.cpython" in answer.err and "wrote" not in answer.err


def test_gc_removes_forms_that_nobody_used_for_long(built):
    notes = forms(built, "data")
    built.run("store", "gc", "--keep-days", "40").succeeded()
    assert set(notes) == set(forms(built, "data"))
    long_ago = time.time() - 60 * 24 * 3600
    for note in notes:
        os.utime(note, (long_ago, long_ago))
    built.run("store", "gc", "--keep-days", "40").succeeded()
    assert not forms(built, "data")
