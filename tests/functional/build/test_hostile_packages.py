"""Signed by the archive or listed by the index, and hostile all the same: nothing is written outside the tree."""

import io
import os
import subprocess
import tarfile
import zipfile

import pytest
from world.debian_archive import sha256
from world.debian_package import pack
from world.python_index import make_wheel
from world.server import Content


def member(name, kind=tarfile.REGTYPE, target="", mode=0o644, body=b"hostile\n"):
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname, entry.mode = kind, target, mode
    entry.size = len(body) if kind == tarfile.REGTYPE else 0
    return entry, io.BytesIO(body)


def hostile_deb(world, folder, members):
    """A package "hostile" whose data.tar is written here, member by member, since dpkg-deb would not."""
    honest = pack(folder / "honest", world.archive.pool / "hostile_1.0_all.deb",
                  {"Package": "hostile", "Version": "1.0", "Architecture": "all"}, {"/usr/share/hostile": "x"})
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for entry, body in members:
            tar.addfile(entry, body)
    work = folder / "ar"
    work.mkdir()
    subprocess.run(["ar", "x", honest], cwd=work, check=True)
    (work / "data.tar").write_bytes(buffer.getvalue())
    honest.unlink()
    control = next(path.name for path in work.glob("control.tar*"))
    subprocess.run(["ar", "rcD", honest, "debian-binary", control, "data.tar"], cwd=work, check=True)
    world.archive.add(honest)
    world.archive.publish()


HOSTILE_MEMBERS = {
    "dots": [member("./../../../../../../../../..{outside}/escaped")],
    "link to a folder, then below it": [member("./usr/share/out", tarfile.SYMTYPE, "{outside}"),
                                        member("./usr/share/out/escaped")],
    "link upwards": [member("./usr/share/out", tarfile.SYMTYPE, "../../../../../../../..{outside}"),
                     member("./usr/share/out/escaped")],
    "hard link to outside": [member("./usr/share/out", tarfile.LNKTYPE, "../../../../../..{outside}/precious"),
                             member("./usr/share/out")],
    "hard link by absolute path": [member("./usr/share/out", tarfile.LNKTYPE, "{outside}/precious")],
    "below a file": [member("./usr/share/file"), member("./usr/share/file/escaped")],
    "device": [member("./usr/share/disk", tarfile.BLKTYPE)],
}


@pytest.mark.parametrize("name", HOSTILE_MEMBERS)
def test_hostile_deb_writes_nothing_outside(project, world, tmp_path, name):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("mine\n")
    members = [member(entry.name.format(outside=outside), entry.type, entry.linkname.format(outside=outside))
               for entry, _ in HOSTILE_MEMBERS[name]]
    hostile_deb(world, tmp_path, members)
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
