"""mlrepro store: what it holds, and whether it is still that."""

import pytest


def test_info_counts(built):
    answer = built.run("store", "info", "--json").succeeded().json()
    lock = built.lock_document()
    assert answer["blobs"] >= len(lock["os"]["packages"]) + len(lock["python"]["packages"])
    assert answer["bytes"] > 0 and answer["path"].startswith(str(built.cache))
    assert built.run("store", "--json").succeeded().json() == answer


def test_check_of_a_whole_store(built):
    answer = built.run("store", "check", "--json").succeeded().json()
    assert answer["damaged"] == []


def test_check_names_a_damaged_blob_and_heals(built, world):
    digest = built.lock_document()["os"]["packages"][0]["sha256"]
    path = built.blob(digest)
    built.flip(path)
    answer = built.run("store", "check", "--json").failed(1).json()
    assert answer["damaged"] == ["sha256:" + digest]
    assert not path.exists()
    assert built.run("store", "check", "--json").succeeded().json()["damaged"] == []
    image = built.lock_document()["image"]["digest"]
    assert built.run("build", "--no-cache", "--json").succeeded().json()["image"]["digest"] == image
    assert len(world.server.requested(r"^/debian/pool/")) == 1
    assert built.run("store", "check", "--json").succeeded().json()["damaged"] == []


def test_check_says_it_to_people(built):
    digest = built.lock_document()["python"]["packages"][0]["file"]["sha256"]
    built.blob(digest).chmod(0o644)
    built.flip(built.blob(digest), 0)
    assert digest in built.run("store", "check").failed(1).out


@pytest.mark.parametrize("path", ["manifest.json", "config.json", "rootfs/usr/share/greeting/version"])
def test_check_finds_a_damaged_image_and_the_next_build_makes_it_anew(built, path):
    digest = built.lock_document()["image"]["digest"]
    folder = built.cache / "images" / digest.removeprefix("sha256:")
    built.flip(folder / path)
    answer = built.run("store", "check", "--json").failed(1).json()
    assert [each["digest"] for each in answer["damaged_images"]] == [digest] and answer["damaged"] == []
    assert built.run("store", "check", "--json").succeeded().json()["images"] == 0
    if path == "manifest.json":
        built_again = built.run("build", "--json").succeeded().json()
        assert not built_again["reused"] and built_again["image"]["digest"] == digest


def test_empty_store_is_fine(project):
    answer = project.run("store", "check", "--json").succeeded().json()
    assert answer["blobs"] == 0 and answer["damaged"] == []


def test_projects_share_blobs(built, world):
    other = built.sibling("second", built.cache)
    other.manifest(["python3", "greeting"], ["alpha", "tool", "beta"])
    other.run("lock").succeeded()
    world.server.log.clear()
    other.run("build").succeeded()
    assert world.server.requested(r"^/(debian/pool|files)/") == []
