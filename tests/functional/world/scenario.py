"""Scenarios of a Python index in a few lines each, served as HTML and as JSON, and what a lock of them must hold.

    # yanked versions are passed over
    a 1.0 1.1
    a 2.0 yanked=broken : b>=1 | c; os_name == 'nt'
    b 1.0 python=">=3.8"
    ? a
    = a 1.1

A line of an index: a project, its versions, attributes, after " : " the requirements (between " | "). Attributes:
python= on the page and in the metadata, page-python=, meta-python= in one place; yanked[=REASON]; tag= (several with
","); build=; uploaded=; extras= (several with ","); sdist (no wheel); file= (the file's name); hash=none|md5|sha512|
wrong|upper; sidecar=no|true|old|wrong|missing|lies (default: named with its digest); name= (in the metadata);
url=absolute|root|encoded; index=NAME (default "main"); gpg; size=no.

"?": the manifest's requirements, "+": a line of its [python] table (or, from "[" on, of the manifest), "python":
its interpreter. "=": what the lock holds; "= conflict: WORDS & WORDS"; "= error: CODE". "~": words of a warning, "!~":
words that no warning has.
"""

import hashlib
import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from .python_index import JSON_TYPE, make_wheel, normalised
from .server import Content


@dataclass
class File:
    project: str
    name: str
    body: bytes
    metadata: bytes
    options: dict
    index: str


@dataclass
class Scenario:
    title: str
    files: list = field(default_factory=list)
    requirements: list = field(default_factory=list)
    settings: list = field(default_factory=list)
    python: str = "3.11"
    expected: str = ""
    warnings: list = field(default_factory=list)
    silent: list = field(default_factory=list)
    indexes: list = field(default_factory=lambda: ["main"])

    @property
    def slug(self):
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")

    def publish(self, server, form):
        """Puts all pages and files on the server; returns {index: address}."""
        place = f"/scenario/{self.slug}/{form}"
        pages = {}
        for file in self.files:
            pages.setdefault((file.index, normalised(file.project)), []).append(file)
            at = f"{place}/{file.index}/files/{file.name}"
            for name in (file.name, quote(file.name, safe="+!~"), quote(file.name, safe="")):
                server.content[f"{place}/{file.index}/files/{name}"] = Content(file.body)
            side = file.options.get("sidecar", "named")
            if side not in ("no", "missing"):
                text = file.metadata if side != "lies" else file.metadata.replace(b"\nName: ", b"\nName: not-")
                server.content[at + ".metadata"] = Content(text)
        for (index, project), files in pages.items():
            page = (html_page if form == "html" else json_page)(server, f"{place}/{index}", project, files)
            server.content[f"{place}/{index}/simple/{project}/"] = page
        return {index: f"{server.url}{place}/{index}/simple" for index in self.indexes}

    def manifest(self, addresses):
        lines = ["[python]", f'version = "{self.python}"', f"requirements = {json.dumps(self.requirements)}"]
        tables = [n for n, line in enumerate(self.settings) if line.startswith("[")] or [len(self.settings)]
        text = "\n".join(lines + self.settings[: tables[0]]) + "\n"
        for name, address in addresses.items():
            explicit = "explicit = true\n" if f"explicit {name}" in self.settings else ""
            if not any("python.index" in line for line in self.settings):
                text += f'[[python.index]]\nname = "{name}"\nurl = "{address}"\n{explicit}'
        rest = "\n".join(self.settings[tables[0] :]) + "\n"
        for name, address in addresses.items():
            rest = rest.replace(f"<{name}>", address)
        return text + rest


def href_of(server, place, file):
    kind = file.options.get("url", "relative")
    name = quote(file.name, safe="") if kind == "encoded" else quote(file.name, safe="+!~")
    return {"absolute": f"{server.url}{place}/files/{name}", "root": f"{place}/files/{name}"}.get(
        kind, f"../../files/{name}")


def hash_of(file):
    """(kind, digest) that the page tells, or None."""
    kind = file.options.get("hash", "sha256")
    digest = hashlib.sha256(file.body).hexdigest()
    if kind == "none":
        return None
    if kind in ("md5", "sha512"):
        return kind, hashlib.new(kind, file.body).hexdigest()
    return "sha256", {"wrong": "0" * 64, "upper": digest.upper()}.get(kind, digest)


def sidecar_of(file):
    kind = file.options.get("sidecar", "named")
    digest = hashlib.sha256(file.metadata).hexdigest()
    return {"no": None, "true": "true", "old": f"sha256={digest}", "wrong": "sha256=" + "1" * 64}.get(
        kind, f"sha256={digest}")


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def html_page(server, place, project, files):
    links = ""
    for file in files:
        options = file.options
        attributes = ""
        python = options.get("page-python", options.get("python"))
        if python:
            attributes += f' data-requires-python="{escaped(python)}"'
        if "yanked" in options:
            attributes += f' data-yanked="{escaped(options["yanked"])}"'
        if "uploaded" in options:
            attributes += f' data-upload-time="{options["uploaded"]}"'
        if "gpg" in options:
            attributes += ' data-gpg-sig="true"'
        side = sidecar_of(file)
        if side:
            attributes += f' data-{"dist-info" if options.get("sidecar") == "old" else "core"}-metadata="{side}"'
        told = hash_of(file)
        fragment = f"#{told[0]}={told[1]}" if told else ""
        links += f'<a href="{href_of(server, place, file)}{fragment}"{attributes}>{escaped(file.name)}</a><br />\n'
    return Content(f"<!DOCTYPE html><html><head><title>Links for {project}</title></head><body>\n<h1>Links for {project}"
                   f"</h1>\n{links}</body></html>".encode(), "text/html; charset=utf-8")


def json_page(server, place, project, files):
    listed = []
    for file in files:
        options = file.options
        told = hash_of(file)
        entry = {"filename": file.name, "url": href_of(server, place, file), "hashes": dict([told]) if told else {}}
        python = options.get("page-python", options.get("python"))
        entry["requires-python"] = python or None
        if "yanked" in options:
            entry["yanked"] = options["yanked"] or True
        if "uploaded" in options:
            entry["upload-time"] = options["uploaded"]
        if "gpg" in options:
            entry["gpg-sig"] = True
        if options.get("size") != "no":
            entry["size"] = len(file.body)
        side = sidecar_of(file)
        if side:
            key = "dist-info-metadata" if options.get("sidecar") == "old" else "core-metadata"
            entry[key] = True if side == "true" else {"sha256": side.removeprefix("sha256=")}
        listed.append(entry)
    return Content(json.dumps({"meta": {"api-version": "1.1"}, "name": project, "files": listed}).encode(), JSON_TYPE)


def read_files(line):
    """The files that a line of an index stands for."""
    head, _, requirements = f"{line} ".partition(" : ")
    words = shlex.split(head)
    bare = ("sdist", "yanked", "gpg")
    versions = [word for word in words[1:] if "=" not in word and word not in bare]
    options = dict(word.partition("=")[::2] for word in words[1:] if "=" in word or word in bare)
    requires = [each.strip() for each in requirements.split(" | ") if each.strip()]
    for version in versions:
        for tag in options.get("tag", "py3-none-any").split(","):
            name, body, metadata = make_wheel(
                options.get("name", words[0]), version, requires, options.get("meta-python", options.get("python")),
                tag, extras=options["extras"].split(",") if "extras" in options else None)
            if "build" in options:
                name = name.replace(f"-{tag}", f"-{options['build']}-{tag}")
            if "name" in options:
                name = re.sub(r"[-_.]+", "_", words[0]) + name[len(re.sub(r"[-_.]+", "_", options["name"])) :]
            if "sdist" in options:
                name = f"{normalised(words[0]).replace('-', '_')}-{version}.tar.gz"
            yield File(words[0], options.get("file", name), body, metadata, options, options.get("index", "main"))


def read_scenarios(path):
    scenarios = []
    for number, line in enumerate(Path(path).read_text().splitlines(), 1):
        line = line.strip()
        mark, _, rest = line.partition(" ")
        if not line:
            continue
        if mark == "#":
            scenarios.append(Scenario(rest))
            continue
        current = scenarios[-1]
        if mark == "?":
            current.requirements += [each.strip() for each in rest.split(" | ")]
        elif mark == "+":
            current.settings.append(rest)
        elif mark == "=":
            current.expected = rest
        elif mark == "~":
            current.warnings.append(rest)
        elif mark == "!~":
            current.silent.append(rest)
        elif mark == "python":
            current.python = rest
        elif mark == "indexes":
            current.indexes = rest.split()
        else:
            try:
                current.files += read_files(line)
            except (ValueError, IndexError) as error:
                raise ValueError(f"{path}:{number}: {line}") from error
    return scenarios
