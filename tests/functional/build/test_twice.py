"""mlrepro build --twice: a second build under perturbed surroundings, and what differs."""

import hashlib
import os
from pathlib import Path

import pytest
from conftest import tiny

NOISY = """#!/bin/sh
set -e
mkdir -p /var/lib/noisy
echo "the id is $(cat /proc/sys/kernel/random/uuid)" > /var/lib/noisy/id
ln -s "$(cat /proc/sys/kernel/random/uuid)" /var/lib/noisy/link
touch "/var/lib/noisy/$(cat /proc/sys/kernel/random/uuid)"
echo calm > /var/lib/noisy/calm
"""


def leftovers(project):
    name = "mlrepro-twice-" + hashlib.sha256(str(project.cache / "images").encode()).hexdigest()[:16]
    second = [path for path in (Path("/dev/shm", name), Path("/var/tmp", name)) if path.exists()]
    return second + [path for path in (project.cache / "images").iterdir() if len(path.name) != 64 and path.is_dir()]


@pytest.fixture
def noisy(project, world):
    tiny(project.folder.parent, world.archive, "noisy", scripts={"postinst": NOISY})
    world.archive.publish()
    project.manifest(["python3", "noisy"])
    project.run("lock").succeeded()
    return project


def test_an_image_that_is_there_is_built_once_more_and_agrees(built):
    before = built.lockfile.read_bytes()
    answer = built.run("build", "--twice", "--json").succeeded().json()
    assert answer["reproducible"] is True and answer["differences"] == [] and answer["reused"]
    assert {"folder", "order of unpacking", "umask", "environment", "host name"} <= set(answer["perturbed"])
    assert {"second build", "compare"} <= set(answer["phases"])
    assert built.lockfile.read_bytes() == before
    assert leftovers(built) == []


def test_entropy_of_a_maintainer_script_is_named_and_not_written_down(noisy):
    answer = noisy.run("build", "--twice", "--json").failed(1).json()
    assert answer["reproducible"] is False and not answer["reused"]
    how = {item["path"]: item["how"] for item in answer["differences"]}
    assert how["var/lib/noisy/id"].startswith('bytes from offset ') and '"the id is ' in how["var/lib/noisy/id"]
    assert how["var/lib/noisy/link"].startswith('target "')
    rest = sorted(how.pop(path) for path in list(how) if path not in ("var/lib/noisy/id", "var/lib/noisy/link"))
    assert rest == ["only in the first build", "only in the second build"]
    assert len(how) == 2
    assert "image" not in noisy.lock_document() and leftovers(noisy) == []


def test_a_kept_image_is_compared_and_people_read_the_paths(noisy):
    noisy.run("build").succeeded()
    result = noisy.run("build", "--twice").failed(1)
    assert "reused image" in result.out and "4 entries differ" in result.out
    assert "  var/lib/noisy/id: bytes from offset " in result.out and "noisy/calm" not in result.out


def test_a_change_of_the_kept_tree_is_found(built):
    digest = built.lock_document()["image"]["digest"].split(":")[1]
    root = built.cache / "images" / digest / "rootfs"
    version = root / "usr/share/greeting/version"
    version.unlink()
    version.write_text("1.5-2\n")
    os.chmod(root / "usr/share/libgreeting", 0o700)
    (root / "etc/extra").mkdir()
    answer = built.run("build", "--twice", "--json").failed(1).json()
    how = {item["path"]: item["how"] for item in answer["differences"]}
    assert how["etc/extra"] == "only in the first build"
    assert how["usr/share/libgreeting"] == "mode 0700/0755"
    assert 'bytes from offset 4 on: "1.5-2\\n"/"1.5-1\\n"' in how["usr/share/greeting/version"]


def test_scripts_see_a_full_host_name_that_the_image_does_not_hold(project, world, tmp_path):
    tiny(project.folder.parent, world.archive, "mailer", scripts={
        "postinst": "#!/bin/sh\nset -e\nsed -n 2p /etc/hosts > /var/lib/mailer-host\ncat /etc/hostname >> /var/lib/mailer-host\n"})
    world.archive.publish()
    project.manifest(["python3", "mailer"])
    project.run("lock").succeeded()
    root = tmp_path / "root"
    project.run("build", "--output", f"rootfs:{root}").succeeded()
    assert (root / "var/lib/mailer-host").read_text() == "127.0.1.1 mlrepro.localdomain mlrepro\nmlrepro\n"
    for name in ("etc/hosts", "etc/hostname", "usr/sbin/policy-rc.d"):
        assert not (root / name).exists()
