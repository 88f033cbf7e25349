"""A build beside other processes, killed, cut off, or without a place to write."""

import os
import random
import shutil
import subprocess
import time

import pytest

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount")


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)


def with_store_only(built, name):
    """The project again, with a cache that has its files but not its image."""
    other = built.sibling(name)
    other.cache.mkdir()
    subprocess.run(["cp", "-al", built.cache / "store", other.cache], check=True)
    return other


def damaged(project):
    return project.run("store", "check", "--json").succeeded().json()["damaged"]


def test_lock_that_moves_during_the_build_stays(project, world):
    project.manifest(["python3", "greeting"], ["beta"])
    project.run("lock").succeeded()
    world.server.fault(r"pool/main/greeting_", "slow", at=4000, times=1)
    process = project.start("build")
    wait_for(lambda: world.server.requested(r"pool/main/greeting_"))
    project.manifest(["python3", "greeting"], ["beta", "tool"])
    project.run("lock").succeeded()
    newer = project.lockfile.read_bytes()
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0 and b"changed during the build" in err, err
    assert project.lockfile.read_bytes() == newer
    project.run("build").succeeded()
    assert project.lock_document()["image"]


def test_store_check_while_a_build_fetches_and_builds(built, world):
    other = built.sibling("elsewhere")  # nothing is there yet
    world.server.fault(r"pool/main/", "slow", at=100)
    process = other.start("build")
    checks = 0
    while process.poll() is None:
        assert damaged(other) == []
        checks += 1
    assert process.communicate()[0] is not None and process.returncode == 0
    assert checks > 1 and damaged(other) == []
    assert other.lock_document()["image"] == built.lock_document()["image"]


def test_killed_while_fetching_then_again(built):
    other = built.sibling("elsewhere")
    lock = other.lockfile.read_bytes()
    built.world.server.fault(r"pool/main/", "slow", at=30)
    moments = random.Random(3)
    killed = 0
    for _ in range(5):
        killed += other.kill_after(moments.uniform(0.05, 0.9), "build")
        assert other.lockfile.read_bytes() == lock
    assert killed > 0
    answer = other.run("build", "--json").succeeded().json()
    assert answer["image"]["digest"] == built.lock_document()["image"]["digest"]
    assert damaged(other) == []
    assert list(other.cache.glob("store/tmp/*")) == []


@pytest.mark.parametrize("lost", [r"pool/main/", r"/files/"])
def test_no_network_during_the_build_is_exit_3_and_loses_nothing(built, world, lost):
    other = built.sibling("elsewhere")
    lock = other.lockfile.read_bytes()
    dead = "http://127.0.0.1:9"
    environment = {"PIP_INDEX_URL": f"{dead}/simple"}
    if "pool" in lost:
        apt = other.folder.parent / "apt"
        shutil.copytree(world.archive.apt, apt)
        for file in apt.rglob("*.sources"):
            file.write_text(file.read_text().replace(world.server.url, dead))
        environment = {"MLREPRO_APT_DIR": str(apt)}
    error = other.run("build", "--json", env=environment).failed(3).json()["error"]
    assert error["code"] == "network" and "127.0.0.1" in error["message"]
    assert other.lockfile.read_bytes() == lock and damaged(other) == []
    assert other.run("build", "--json").succeeded().json()["image"]["digest"] == built.lock_document()["image"]["digest"]


def test_offline_build_names_what_is_missing(built, world):
    other = built.sibling("elsewhere")
    error = other.run("--offline", "build", "--json").failed(3).json()["error"]
    assert error["code"] == "offline" and world.server.log == []
    whole = with_store_only(built, "whole")
    whole.run("--offline", "build").succeeded()
    assert world.server.log == []


def test_no_place_for_the_cache(built):
    for name in ("HOME", "MLREPRO_CACHE_DIR"):
        built.environment.pop(name)
    for arguments in (["build"], ["verify"], ["store"], ["lock"]):
        error = built.run(*arguments, "--json").failed(3).json()["error"]
        assert error["code"] == "no-cache" and "HOME" in error["message"] and "--cache-dir" in error["hint"]
    result = built.run("run", "--", "true").failed(125)
    assert "HOME" in result.err and "--cache-dir" in result.err


@needs_root
def test_read_only_home_is_one_clear_message(built):
    home = built.folder.parent / "home"
    built.environment.pop("MLREPRO_CACHE_DIR")
    sealed = ["unshare", "-m", "sh", "-c", f'mount --bind {home} {home} && mount -o remount,bind,ro {home} && exec "$@"', "sh"]
    lock = built.lockfile.read_bytes()
    for arguments in (["build"], ["verify"], ["store"], ["lock", "--upgrade"]):
        result = built.run(*arguments, "--json", prefix=sealed).failed(3)
        error = result.json()["error"]
        assert error["code"] == "cache" and str(home) in error["message"] and "Read-only" in error["message"]
        assert "--cache-dir" in error["hint"] and len(result.err.splitlines()) == 2, result.err
    assert built.lockfile.read_bytes() == lock
    # What needs no cache works on, and so does all with another one.
    built.run("lock", "--check", prefix=sealed).succeeded()
    built.run("runs", prefix=sealed).succeeded()
    built.run("--cache-dir", built.cache, "run", "--", "true", prefix=sealed).succeeded()


@needs_root
def test_read_only_cache_serves_what_is_in_it(built):
    sealed = ["unshare", "-m", "sh", "-c",
              f'mount --bind {built.cache} {built.cache} && mount -o remount,bind,ro {built.cache} && exec "$@"', "sh"]
    assert built.run("build", "--json", prefix=sealed).succeeded().json()["reused"]
    built.run("verify", "--lock", prefix=sealed).succeeded()
    built.run("store", "check", prefix=sealed).succeeded()
    error = built.run("build", "--no-cache", "--json", prefix=sealed).failed(3).json()["error"]
    assert str(built.cache) in error["message"] and "Read-only" in error["message"]


@needs_root
def test_another_home_locale_and_cache_give_the_same_image(built):
    other = built.sibling("a folder with spaces")
    world = ["unshare", "-u", "sh", "-c", 'hostname other; umask 027; exec "$@"', "sh"]
    environment = {"HOME": "/", "LANG": "tr_TR.UTF-8", "TZ": "America/St_Johns", "TMPDIR": str(other.folder)}
    image = other.run("build", "--json", prefix=world, env=environment).succeeded().json()["image"]
    assert image["digest"] == built.lock_document()["image"]["digest"]


def test_wheel_and_package_that_were_changed_in_the_store_enter_no_image(built):
    for section, name in (("os", "greeting"), ("python", "tool")):
        other = with_store_only(built, f"flipped-{section}")
        package = next(package for package in built.lock_document()[section]["packages"] if package["name"] == name)
        other.flip(other.blob(package.get("sha256") or package["file"]["sha256"]))
        result = other.run("--offline", "build", "--json")
        error = result.failed(result.status).json()["error"]
        assert result.status in (2, 3) and name in error["message"], error
        assert other.run("build", "--json").succeeded().json()["image"]["digest"] == \
            built.lock_document()["image"]["digest"]
