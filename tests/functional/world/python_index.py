"""A Python index: pure wheels made here, served as HTML (PEP 503) below /html and as JSON (PEP 691) below /json."""

import base64
import hashlib
import io
import json
import re
import zipfile

from .server import Content

JSON_TYPE = "application/vnd.pypi.simple.v1+json"


def normalised(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def make_wheel(name, version, requires=(), python=None, tag="py3-none-any", files=None, entry_points=None,
               extras=None):
    """(file name, bytes of the wheel, bytes of its METADATA)."""
    stem = f"{re.sub(r'[-_.]+', '_', name)}-{version}"
    module = re.sub(r"[-_.]+", "_", name).lower()
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += f"Requires-Python: {python}\n" if python else ""
    metadata += "".join(f"Provides-Extra: {extra}\n" for extra in extras or [])
    metadata += "".join(f"Requires-Dist: {line}\n" for line in requires)
    contents = dict(files or {f"{module}/__init__.py": f"VERSION = '{version}'\n"})
    contents[f"{stem}.dist-info/METADATA"] = metadata
    contents[f"{stem}.dist-info/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n"
    )
    if entry_points:
        contents[f"{stem}.dist-info/entry_points.txt"] = entry_points
    record = ""
    for path, text in contents.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(text.encode())}\n"
    contents[f"{stem}.dist-info/RECORD"] = record + f"{stem}.dist-info/RECORD,,\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in contents.items():
            entry = zipfile.ZipInfo(path, (2025, 3, 1, 8, 0, 0))
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text)
    return f"{stem}-{tag}.whl", buffer.getvalue(), metadata.encode()


class PythonIndex:
    """Pages for /html and /json, files below /files; another `place` is another index on the same server."""

    def __init__(self, server, place=""):
        self.server = server
        self.place = place
        self.projects = {}

    @property
    def html(self):
        return f"{self.server.url}{self.place}/html/simple/"

    @property
    def json(self):
        return f"{self.server.url}{self.place}/json/simple/"

    def add(self, name, version, uploaded="2025-03-01T08:00:00Z", sidecar=True, yanked=None, **wheel):
        file, body, metadata = make_wheel(name, version, **wheel)
        self.server.content[f"{self.place}/files/{file}"] = Content(body)
        if sidecar:
            self.server.content[f"{self.place}/files/{file}.metadata"] = Content(metadata)
        self.projects.setdefault(normalised(name), {})[file] = {
            "sha256": hashlib.sha256(body).hexdigest(), "size": len(body), "python": wheel.get("python"),
            "metadata": hashlib.sha256(metadata).hexdigest() if sidecar else None, "uploaded": uploaded, "yanked": yanked,
        }
        return file

    def remove(self, name, file):
        del self.projects[normalised(name)][file]

    def publish(self):
        for project, files in self.projects.items():
            self.server.content[f"{self.place}/html/simple/{project}/"] = Content(self._html(project, files).encode(), "text/html")
            self.server.content[f"{self.place}/json/simple/{project}/"] = Content(
                json.dumps(self._json(project, files)).encode(), JSON_TYPE)

    def _html(self, project, files):
        links = ""
        for name, file in files.items():
            python = (file["python"] or "").replace(">", "&gt;").replace("<", "&lt;")
            attributes = f' data-requires-python="{python}"' if python else ""
            if file["yanked"] is not None:
                attributes += f' data-yanked="{file["yanked"]}"'
            if file["metadata"]:
                attributes += f' data-core-metadata="sha256={file["metadata"]}"'
            links += f'<a href="../../../files/{name}#sha256={file["sha256"]}"{attributes}>{name}</a><br/>\n'
        return f"<!DOCTYPE html><html><head><title>Links for {project}</title></head><body>\n{links}</body></html>"

    def _json(self, project, files):
        listed = []
        for name, file in files.items():
            entry = {"filename": name, "url": f"../../../files/{name}", "hashes": {"sha256": file["sha256"]},
                     "size": file["size"], "upload-time": file["uploaded"]}
            if file["yanked"] is not None:
                entry["yanked"] = file["yanked"] or True
            if file["python"]:
                entry["requires-python"] = file["python"]
            if file["metadata"]:
                entry["core-metadata"] = {"sha256": file["metadata"]}
            listed.append(entry)
        versions = sorted({name.split("-")[1] for name in files})
        return {"meta": {"api-version": "1.1"}, "name": project, "versions": versions, "files": listed}
