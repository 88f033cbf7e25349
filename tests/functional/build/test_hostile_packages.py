"""Signed by the archive or listed by the index, and hostile all the same: nothing is written outside the tree."""

import io
import os
import zipfile

import pytest
from world.debian_archive import sha256
from world.debian_package import pack
from world.hostile_package import HOSTILE_MEMBERS, hostile_deb, members_at
from world.python_index import make_wheel
from world.server import Content


@pytest.mark.parametrize("name", HOSTILE_MEMBERS)
def test_hostile_deb_writes_nothing_outside(project, world, tmp_path, name):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("mine\n")
    hostile_deb(world, tmp_path, members_at(name, outside))
    project.manifest(["python3", "hostile"])
    project.run("lock").succeeded()
    result = project.run("build", "--json")
    assert sorted(path.name for path in outside.iterdir()) == ["precious"]
    assert (outside / "precious").read_text() == "mine\n" and os.stat(outside / "precious").st_nlink == 1
    # A link that points outside harms nobody until somebody follows it; all else is refused.
    if result.status != 0:
        assert "hostile" in result.failed(2).json()["error"]["message"]


@pytest.mark.parametrize("cut", [7, 60, 200])
def test_deb_that_is_none_is_refused_by_name(project, world, tmp_path, cut):
    deb = pack(tmp_path / "p", world.archive.pool / "hostile_1.0_all.deb",
               {"Package": "hostile", "Version": "1.0", "Architecture": "all"}, {"/usr/share/hostile": "x"})
    path = world.archive.add(deb)
    body = deb.read_bytes()[:cut]
    deb.write_bytes(body)
    stanza = world.archive.stanzas[path].splitlines()
    stanza = [line for line in stanza if not line.startswith(("Size:", "SHA256:"))]
    world.archive.stanzas[path] = "\n".join([*stanza, f"Size: {cut}", f"SHA256: {sha256(body)}"]) + "\n"
    world.server.content[f"/debian/{path}"] = Content(body)
    world.archive.publish()
    deb.unlink()
    project.manifest(["python3", "hostile"])
    project.run("lock").succeeded()
    assert "hostile" in project.run("build", "--json").failed(2).json()["error"]["message"]


HOSTILE_WHEELS = {
    "dots": {"../../../../../../tmp/escaped.py": "x"},
    "absolute": {"/tmp/escaped.py": "x"},
    "interpreter": {"hostile-1.0.data/scripts/python3": "#!python\n"},
    "configuration": {"hostile-1.0.data/data/pyvenv.cfg": "home = /tmp\n"},
    "backslash": {"..\\escaped.py": "x"},
}


@pytest.mark.parametrize("name", HOSTILE_WHEELS)
def test_hostile_wheel_is_refused_by_name(project, world, name):
    world.index.add("hostile", "1.0", files={"hostile/__init__.py": "", **HOSTILE_WHEELS[name]})
    world.index.publish()
    project.manifest(["python3"], ["hostile"])
    project.run("lock").succeeded()
    error = project.run("build", "--json").failed(2).json()["error"]
    assert "hostile" in error["message"]
    assert not os.path.exists("/tmp/escaped.py")


def test_wheel_whose_record_lies_is_refused(project, world):
    file, body, _ = make_wheel("liar", "1.0")
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            target.writestr(name, b"VERSION = '6.6'\n" if name == "liar/__init__.py" else source.read(name))
    broken = buffer.getvalue()
    world.index.add("liar", "1.0")
    world.server.content[f"/files/{file}"] = Content(broken)
    world.index.projects["liar"][file].update(sha256=sha256(broken), size=len(broken))
    world.index.publish()
    project.manifest(["python3"], ["liar"])
    project.run("lock").succeeded()
    error = project.run("build", "--json").failed(2).json()["error"]
    assert error["code"] == "bad-wheel" and "liar" in error["message"]
