"""Packages that no tool makes: each member of data.tar is written here."""

import io
import subprocess
import tarfile

from world.debian_package import pack


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


def members_at(name, outside):
    """Those of that name, aimed at a folder."""
    return [member(entry.name.format(outside=outside), entry.type, entry.linkname.format(outside=outside))
            for entry, _ in HOSTILE_MEMBERS[name]]
