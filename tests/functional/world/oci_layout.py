"""OCI image layouts that a test writes, or reads as other tools do."""

import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
from pathlib import Path


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def tar_of(*members):
    """A tar of (name, content or TarInfo fields)."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, dict):
                for key, value in content.items():
                    setattr(info, key, value)
                content = b""
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return stream.getvalue()


class Layout:
    """An OCI layout whose parts a test writes."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "blobs/sha256").mkdir(parents=True)

    def blob(self, data):
        (self.folder / "blobs/sha256" / sha256(data)).write_bytes(data)
        return {"digest": "sha256:" + sha256(data), "size": len(data)}

    def image(self, layers, diff_ids=None, architecture="amd64", system="linux", kinds=None):
        """`layers`: bytes of each blob. Returns the digest of the manifest."""
        diff_ids = diff_ids or [sha256(layer) for layer in layers]
        config = {"architecture": architecture, "os": system, "config": {},
                  "rootfs": {"type": "layers", "diff_ids": ["sha256:" + each for each in diff_ids]}}
        kinds = kinds or ["application/vnd.oci.image.layer.v1.tar"] * len(layers)
        manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                    "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                               **self.blob(json.dumps(config).encode())},
                    "layers": [{"mediaType": kind, **self.blob(layer)} for kind, layer in zip(kinds, layers)]}
        return self.blob(json.dumps(manifest).encode())["digest"]

    @classmethod
    def at(cls, folder):
        """One that is there."""
        layout = cls.__new__(cls)
        layout.folder = Path(folder)
        return layout

    def json(self, digest):
        return json.loads(self.read(digest))

    def read(self, digest):
        return (self.folder / "blobs/sha256" / digest.removeprefix("sha256:")).read_bytes()

    def environment(self, digest):
        return self.json(self.json(digest)["config"]["digest"])["config"]["Env"]

    def over(self, digest, layer, environment=None, pack=lambda data: data):
        """The image `digest` with one more layer, and with those variables. Returns the new digest."""
        document = self.json(digest)
        config = self.json(document["config"]["digest"])
        config["rootfs"]["diff_ids"].append("sha256:" + sha256(layer))
        config["config"]["Env"] = (environment or []) + config["config"].get("Env", [])
        document["config"].update(self.blob(json.dumps(config).encode()))
        kind = "application/vnd.oci.image.layer.v1.tar" + ("+gzip" if pack is gzip.compress else "")
        document["layers"].append({"mediaType": kind, **self.blob(pack(layer))})
        return self.blob(json.dumps(document).encode())["digest"]

    def unpack(self, digest, target):
        """All layers, one over the other, by layer.md alone."""
        target.mkdir()
        times = {}  # of folders, which what comes into them changes
        for layer in self.json(digest)["layers"]:
            data = self.read(layer["digest"])
            if layer["mediaType"].endswith("gzip"):
                data = gzip.decompress(data)
            with tarfile.open(fileobj=io.BytesIO(data)) as tar:
                _apply(tar, target, times)
        for place, time in times.items():
            if place.is_dir() and not place.is_symlink():
                os.utime(place, (time, time))
        return target


def _remove(path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif path.exists() or path.is_symlink():
        path.unlink()


def _apply(tar, target, times):
    members = tar.getmembers()
    for member in members:
        place = target / member.name
        if place.name == ".wh..wh..opq":
            for child in place.parent.iterdir() if place.parent.is_dir() else ():
                _remove(child)
        elif place.name.startswith(".wh."):
            _remove(place.with_name(place.name[4:]))
    for member in members:
        place = target / member.name
        if place.name.startswith(".wh."):
            continue
        if not (member.isdir() and place.is_dir() and not place.is_symlink()):
            _remove(place)
        tar.extract(member, target, numeric_owner=True)
        if member.isdir():
            times[place] = member.mtime


def listing(root):
    """{path: what there is to compare}: of links all but their time, which extracting does not set."""
    found = {}
    for folder, names, files in os.walk(root):
        for name in names + files:
            path = Path(folder, name)
            info = path.lstat()
            entry = [oct(info.st_mode), info.st_uid, info.st_gid]
            if path.is_symlink():
                entry.append(os.readlink(path))
            else:
                entry.append(int(info.st_mtime))
            if path.is_file() and not path.is_symlink():
                entry.append(sha256(path.read_bytes()))
            found[str(path.relative_to(root))] = entry
    return found
