"""Source distributions, and a build backend of a few lines that is served as a wheel or lies in the source."""

import hashlib
import io
import tarfile
import zipfile

from .server import Content
from .python_index import normalised

# A backend (PEP 517) that writes what it was told in project.txt: name, version, requirements one a line. Its
# wheels have the time of their making and the order of the folder, as careless backends' have.
BACKEND = '''
import base64, hashlib, os, random, time, zipfile
def said():
    lines = open("project.txt").read().split("\\n")
    return lines[0], lines[1], [line for line in lines[2:] if line]
def get_requires_for_build_wheel(config_settings=None):
    if os.path.exists("ask.py"):
        exec(open("ask.py").read())
    return open("build-requires.txt").read().split("\\n")[:-1] if os.path.exists("build-requires.txt") else []
def metadata():
    name, version, requires = said()
    text = f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n"
    return text + "".join(f"Requires-Dist: {line}\\n" for line in requires)
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    name, version, _ = said()
    place = f"{name}-{version}.dist-info"
    os.mkdir(os.path.join(folder, place))
    open(os.path.join(folder, place, "METADATA"), "w").write(metadata())
    return place
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name, version, _ = said()
    info = f"{name}-{version}.dist-info"
    files = {f"{name}/{file}": open(os.path.join(name, file)).read() for file in os.listdir(name)}
    if os.path.exists("make.py"):
        exec(open("make.py").read(), {"files": files, "name": name})
    items = list(files.items())
    random.SystemRandom().shuffle(items)
    items += [(f"{info}/METADATA", metadata()),
              (f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: tiny\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")]
    record = ""
    for path, text in items:
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(text.encode())}\\n"
    items.append((f"{info}/RECORD", record + f"{info}/RECORD,,\\n"))
    wheel = f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, wheel), "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in items:
            archive.writestr(zipfile.ZipInfo(path, time.localtime()[:6]), text)
    return wheel
'''

SERVED = '[build-system]\nrequires = ["tinybackend"]\nbuild-backend = "tinybackend"\n'
IN_TREE = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["build_tools"]\n'


def make_sdist(name, version, files, kind="tar.gz"):
    """(file name, bytes): `files` below the one folder NAME-VERSION."""
    stem = f"{name}-{version}"
    buffer = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(buffer, "w") as archive:
            for path, text in files.items():
                archive.writestr(zipfile.ZipInfo(f"{stem}/{path}", (2025, 3, 1, 8, 0, 0)), text)
    else:
        with tarfile.open(fileobj=buffer, mode="w:" + kind.split(".")[1]) as archive:
            for path, text in files.items():
                entry = tarfile.TarInfo(f"{stem}/{path}")
                entry.size = len(text.encode())
                entry.mtime = 1740816000
                archive.addfile(entry, io.BytesIO(text.encode()))
    return f"{stem}.{kind}", buffer.getvalue()


def project_files(name, version, requires=(), build=SERVED, static=False, more=None):
    """The files of a project for the backend above; static: its PKG-INFO says all (PEP 643)."""
    info = f"Metadata-Version: {'2.2' if static else '2.1'}\nName: {name}\nVersion: {version}\n"
    info += "".join(f"Requires-Dist: {line}\n" for line in requires) if static else ""
    files = {"PKG-INFO": info, "pyproject.toml": build, "project.txt": "\n".join([name, version, *requires, ""]),
             f"{name}/__init__.py": f"VERSION = '{version}'\n", f"{name}/a.py": "A = 1\n", f"{name}/b.py": "B = 2\n"}
    if "backend-path" in build:
        files["build_tools/backend.py"] = BACKEND
    return {**files, **(more or {})}


def add_file(index, name, file, body, uploaded="2025-03-01T08:00:00Z", python=None):
    """Any file on the page of a project."""
    index.server.content[f"{index.place}/files/{file}"] = Content(body)
    index.projects.setdefault(normalised(name), {})[file] = {
        "sha256": hashlib.sha256(body).hexdigest(), "size": len(body), "python": python, "metadata": None,
        "uploaded": uploaded, "yanked": None,
    }
    return file


def add_sdist(index, name, version, kind="tar.gz", **project):
    return add_file(index, name, *make_sdist(name, version, project_files(name, version, **project), kind))


def add_backend(index):
    index.add("tinybackend", "1.0", files={"tinybackend.py": BACKEND})
