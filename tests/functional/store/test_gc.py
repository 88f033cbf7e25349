"""mlrepro store gc: what no lock in use needs goes, and nothing else."""

import os
import shutil
import time

import pytest


@pytest.fixture
def built(built):
    # The cache is a copy of one that knows the lock of another project.
    shutil.rmtree(built.cache / "locks", ignore_errors=True)
    return built


def blobs(cache):
    return {path.name: path.stat().st_size for path in cache.joinpath("store/sha256").rglob("*") if path.is_file()}


def images(cache):
    return sorted(path.name for path in cache.joinpath("images").iterdir() if len(path.name) == 64)


def needed(project):
    lock = project.lock_document()
    files = [package["sha256"] for package in lock["os"]["packages"]]
    files += [package["file"]["sha256"] for package in lock["python"]["packages"]]
    for release in lock["os"]["releases"]:
        files += [release["sha256"], *(index["sha256"] for index in release["indexes"])]
    return {each.removeprefix("sha256:") for each in files}


def age(cache, days):
    then = time.time() - days * 86400
    for path in [*cache.joinpath("store/sha256").rglob("*"), *cache.glob("images/*/complete"), *cache.glob("kept/*")]:
        if path.is_file():
            os.utime(path, (then, then))


def test_what_the_lock_needs_stays_whatever_its_age(built):
    built.run("build").succeeded()  # the cache knows the lock from now on
    age(built.cache, 400)
    kept = needed(built)
    built.run("store", "gc").succeeded()
    assert kept <= blobs(built.cache).keys()
    assert images(built.cache) == [built.lock_document()["image"]["digest"].removeprefix("sha256:")]
    built.run("--offline", "build").succeeded()
    built.run("--offline", "verify", "--lock").succeeded()
    assert built.run("--offline", "build", "--no-cache", "--json").succeeded().json()["image"]["digest"] == \
        built.lock_document()["image"]["digest"]


def test_what_a_new_lock_left_behind_goes(built):
    age(built.cache, 0)  # by hard links its files are those of other tests
    built.run("build").succeeded()
    old = needed(built)
    built.manifest(["python3"], ["beta"])
    built.run("lock").succeeded()
    before = blobs(built.cache)
    would = built.run("store", "gc", "--dry-run", "--json").succeeded().json()
    assert blobs(built.cache) == before and would["freed"] == 0 and would["bytes"] > 0
    assert built.run("store", "gc", "--keep-days", "1", "--json").succeeded().json()["freed"] == 0
    answer = built.run("store", "gc", "--json").succeeded().json()
    after = blobs(built.cache)
    assert needed(built) <= after.keys() and not (old - needed(built)) & after.keys()
    assert images(built.cache) == []
    gone = sum(before.values()) - sum(after.values())
    assert answer["freed"] == answer["bytes"] == would["bytes"] >= gone > 0
    assert {"blob", "image"} <= {each["kind"] for each in answer["removed"]}
    built.run("build").succeeded()


def test_two_projects_and_one_that_is_gone(built):
    other = built.sibling("second", built.cache)
    other.manifest(["python3", "greeting"], ["delta"])
    other.run("lock").succeeded()
    other.run("build").succeeded()
    built.run("build").succeeded()
    both = needed(built) | needed(other)
    built.run("store", "gc").succeeded()
    assert both <= blobs(built.cache).keys()
    shutil.rmtree(other.folder)
    built.run("store", "gc").succeeded()
    left = blobs(built.cache).keys()
    assert needed(built) <= left and not (both - needed(built)) & left
    built.run("--offline", "build").succeeded()


def test_leftovers_go(built):
    built.run("build").succeeded()
    half = built.cache / "store/tmp/blob.0123456789"
    half.write_bytes(b"half a download")
    dead = built.cache / "images/.building-dEaDaB"
    (dead / "rootfs/usr").mkdir(parents=True)
    (dead / "rootfs/usr/file").write_text("x" * 1000)
    (built.cache / "images/.building-dEaDaB.lock").touch()
    torn = built.cache / "images" / ("0" * 64)
    torn.mkdir()
    answer = built.run("store", "gc", "--json").succeeded().json()
    kinds = [each["kind"] for each in answer["removed"]]
    assert kinds.count("build") >= 2 and "download" in kinds
    assert not half.exists() and not dead.exists() and not torn.exists()
    assert not (built.cache / "images/.building-dEaDaB.lock").exists()
    assert built.run("store", "gc", "--json").succeeded().json()["removed"] == []


def test_gc_during_a_lock_keeps_it_whole(built, world):
    built.run("build").succeeded()
    built.manifest(["python3", "greeting"], ["alpha", "tool", "mixed-case-name"])
    world.server.fault(r"/files/", "slow", at=300)
    before = blobs(built.cache).keys()
    locking = built.start("lock")
    time.sleep(0.2)
    gc = built.start("store", "gc", "--json")
    out, err = locking.communicate(timeout=100)
    status = locking.returncode
    gc_out, gc_err = gc.communicate(timeout=100)
    assert gc.returncode == 0, gc_err.decode()
    assert status == 0, err.decode()
    world.server.faults.clear()
    assert needed(built) & before <= blobs(built.cache).keys()
    built.run("build").succeeded()
    built.run("--offline", "verify", "--lock").succeeded()


@pytest.mark.skipif(os.geteuid() != 0, reason="containers are tried as root")
def test_image_of_a_container_that_runs_stays(built):
    lock = built.lockfile.read_bytes()
    running = built.start("run", "--no-record", "--", "sleep", "3")
    time.sleep(1.5)
    built.lockfile.unlink()
    try:
        answer = built.run("store", "gc", "--json").succeeded().json()
        assert running.poll() is None
        assert len(images(built.cache)) == 1 and "image" not in {each["kind"] for each in answer["removed"]}
    finally:
        running.communicate(timeout=60)
    built.run("store", "gc").succeeded()
    assert images(built.cache) == []
    built.lockfile.write_bytes(lock)
    built.run("build").succeeded()


def test_nothing_is_there(project):
    assert project.run("store", "gc", "--json").succeeded().json()["removed"] == []


def test_killed_at_work_leaves_no_half_image(built):
    built.run("build").succeeded()
    lock = built.lockfile.read_bytes()
    built.lockfile.unlink()
    built.kill_after(0.03, "store", "gc")
    built.lockfile.write_bytes(lock)
    built.run("build").succeeded()
    assert built.run("store", "check", "--json").succeeded().json()["damaged_images"] == []
