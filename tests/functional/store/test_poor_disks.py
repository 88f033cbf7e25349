"""Caches on disks that are full, that nobody may write to, or that know neither hard links nor extended attributes."""

import os
import shutil
import subprocess

import pytest

from world.program import Project

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount")

# As vfat, and many file systems of clusters: link(2) gives EPERM, extended attributes ENOTSUP.
POOR_DISK = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <sys/types.h>
int link(const char *from, const char *to) { (void)from; (void)to; errno = EPERM; return -1; }
int linkat(int a, const char *from, int b, const char *to, int flags) {
  (void)a; (void)from; (void)b; (void)to; (void)flags; errno = EPERM; return -1;
}
int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags) {
  (void)fd; (void)name; (void)value; (void)size; (void)flags; errno = ENOTSUP; return -1;
}
ssize_t flistxattr(int fd, char *list, size_t size) { (void)fd; (void)list; (void)size; errno = ENOTSUP; return -1; }
"""


@pytest.fixture(scope="module")
def poor_disk(tmp_path_factory):
    """The environment in which a program believes that every disk is such a one."""
    folder = tmp_path_factory.mktemp("poor")
    (folder / "poor.c").write_text(POOR_DISK)
    library = folder / "poor.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, folder / "poor.c"], check=True)
    return {"LD_PRELOAD": str(library)}


@pytest.fixture
def read_only(built, tmp_path):
    """A project whose cache is filled and mounted read-only."""
    built.write("train.py", "open('output/model', 'w').write('trained')\n")
    where = tmp_path / "read-only"
    where.mkdir()
    subprocess.run(["mount", "--bind", built.cache, where], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", where], check=True)
        project = Project(tmp_path / "reader", built.world, where)
        shutil.copytree(built.folder, project.folder, dirs_exist_ok=True)
        yield project
    finally:
        subprocess.run(["umount", where], check=True)


def test_without_links_and_attributes_the_image_has_the_same_bytes(built, tmp_path, poor_disk):
    other = Project(tmp_path / "other", built.world)
    shutil.copytree(built.folder, other.folder, dirs_exist_ok=True)
    image = other.run("build", "--json", env=poor_disk).succeeded().json()["image"]
    assert image["digest"] == built.lock_document()["image"]["digest"]
    other.write("train.py", "open('output/model', 'w').write('trained')\n")
    other.run("run", env=poor_disk).succeeded()
    assert other.run("verify", "--run", "latest", "--json", env=poor_disk).succeeded().json()["verdict"] == "verified"


def test_without_links_an_image_is_built_after_another(built, poor_disk):
    """Its operating system cannot be taken over."""
    built.manifest(["python3", "greeting"], ["alpha", "tool", "gamma"], ["python3", "train.py"], ["output/**"])
    built.run("lock").succeeded()
    there = built.sibling("there", built.folder.parent / "there-cache")
    expected = there.run("build", "--json").succeeded().json()["image"]["digest"]
    assert built.run("build", "--json", env=poor_disk).succeeded().json()["image"]["digest"] == expected


@needs_root
@pytest.mark.parametrize("arguments", [["lock", "--check"], ["build"], ["why", "--size"], ["store", "info"], ["tree"]],
                         ids=lambda arguments: "-".join(arguments))
def test_what_only_reads_works_on_a_read_only_cache(read_only, arguments):
    read_only.run(*arguments).succeeded()


@needs_root
@pytest.mark.parametrize("arguments, status", [(["build", "--no-cache"], 3), (["run"], 125)], ids=["build", "run"])
def test_what_must_write_says_where_it_could_not(read_only, arguments, status):
    result = read_only.run(*arguments).failed(status)
    assert str(read_only.cache) in result.err and "Read-only file system" in result.err
    assert result.err.count("error:") == 1


@needs_root
def test_gc_that_cannot_remove_does_not_say_that_it_did(read_only):
    result = read_only.run("store", "gc", "--keep-days", "0", "--json").failed(3)
    document = result.json()
    assert document["removed"] == [] and document["freed"] == 0
    assert "Read-only file system" in result.err


@needs_root
def test_lock_on_a_full_disk_leaves_the_old_lock_and_works_when_there_is_room(project, tmp_path):
    cache = tmp_path / "small"
    cache.mkdir()
    small = Project(project.folder, project.world, cache)
    small.manifest(["python3", "greeting"], ["alpha"])
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12k", "tmpfs", cache], check=True)
    try:
        result = small.run("lock").failed(3)
        assert "No space left on device" in result.err and not small.lockfile.exists()
        subprocess.run(["mount", "-o", "remount,size=512m", cache], check=True)
        small.run("lock").succeeded()
        before = small.lockfile.read_bytes()
        assert small.run("lock", "--check").succeeded() and small.lockfile.read_bytes() == before
        held = int(subprocess.run(["du", "-sb", cache], capture_output=True, text=True, check=True).stdout.split()[0])
        subprocess.run(["mount", "-o", f"remount,size={held + (1 << 20)}", cache], check=True)
        assert "No space left on device" in small.run("build").failed(3).err
        subprocess.run(["mount", "-o", "remount,size=2g", cache], check=True)
        small.run("build").succeeded()
        assert small.run("store", "check", "--json").succeeded().json()["damaged"] == []
    finally:
        subprocess.run(["umount", cache], check=True)
