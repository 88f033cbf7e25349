"""A signed Debian archive: pool, Packages, InRelease signed with a key that is made here."""

import gzip
import hashlib
import lzma
import shutil
import subprocess
import tempfile
from pathlib import Path

from .server import Content

SUITE = "tiny"
DATE = "Sat, 01 Mar 2025 08:00:00 UTC"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class SigningKey:
    """A key in a keyring of its own, its public half in `folder`; close() after use.

    gpg's home has a short path of its own: the agent's socket lies in it, and unix(7) allows 107 characters.
    """

    def __init__(self, folder, name="Archive of the tests"):
        self.home = Path(tempfile.mkdtemp(prefix="gpg-", dir="/tmp"))
        folder = Path(folder)
        folder.mkdir(parents=True)
        self._gpg("--quick-generate-key", f"{name} <archive@example.org>", "rsa2048", "sign", "never")
        self.public = folder / "archive.gpg"
        self.public.write_bytes(self._gpg("--export"))
        listing = self._gpg("--with-colons", "--list-keys").decode()
        self.fingerprint = next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr:"))

    def _gpg(self, *arguments, given=None):
        command = ["gpg", "--homedir", str(self.home), "--batch", "--quiet", "--passphrase", "", "--pinentry-mode",
                   "loopback", "--digest-algo", "SHA512", *arguments]
        return subprocess.run(command, input=given, capture_output=True, check=True).stdout

    def clearsign(self, text):
        return self._gpg("--clearsign", given=text.encode())

    def close(self):
        subprocess.run(["gpgconf", "--homedir", str(self.home), "--kill", "all"], check=False, capture_output=True)
        shutil.rmtree(self.home, ignore_errors=True)


class DebianArchive:
    """Serves `debs` below /debian of `server`; publish() again after add() for a newer state of it."""

    def __init__(self, server, key, folder):
        self.server = server
        self.key = key
        self.folder = folder
        self.pool = folder / "pool"
        self.pool.mkdir(parents=True)
        self.stanzas = {}
        folder.joinpath("apt/sources.list.d").mkdir(parents=True)
        self.apt = folder / "apt"
        self.apt.joinpath("sources.list.d/tests.sources").write_text(
            f"Types: deb deb-src\nURIs: {server.url}/debian\nSuites: {SUITE}\nComponents: main\n"
            f"Signed-By: {key.public}\n"
        )

    def add(self, deb):
        body = deb.read_bytes()
        path = f"pool/main/{deb.name}"
        control = subprocess.run(["dpkg-deb", "--field", deb], capture_output=True, text=True, check=True).stdout
        self.stanzas[path] = f"{control.rstrip()}\nFilename: {path}\nSize: {len(body)}\nSHA256: {sha256(body)}\n"
        self.server.content[f"/debian/{path}"] = Content(body)
        return path

    def remove(self, path):
        del self.stanzas[path]
        del self.server.content[f"/debian/{path}"]

    def path_of(self, name):
        return next(path for path in self.stanzas if path.startswith(f"pool/main/{name}_"))

    def publish(self, date=DATE, extra=""):
        packages = "\n".join(self.stanzas[path] for path in sorted(self.stanzas)).encode()
        folder = "main/binary-amd64"
        forms = {f"{folder}/Packages": packages, f"{folder}/Packages.xz": lzma.compress(packages, preset=1),
                 f"{folder}/Packages.gz": gzip.compress(packages, mtime=0)}
        top = f"/debian/dists/{SUITE}"
        for path, body in forms.items():
            self.server.content[f"{top}/{path}"] = Content(body)
            self.server.content[f"{top}/{folder}/by-hash/SHA256/{sha256(body)}"] = Content(body)
        listed = "".join(f" {sha256(body)} {len(body)} {path}\n" for path, body in forms.items())
        self.release = (
            f"Origin: Tests\nLabel: Tests\nSuite: {SUITE}\nCodename: {SUITE}\nDate: {date}\nAcquire-By-Hash: yes\n"
            f"{extra}Architectures: amd64\nComponents: main\nDescription: made by a test\nSHA256:\n{listed}"
        )
        self.server.content[f"{top}/InRelease"] = Content(self.key.clearsign(self.release))


class StanzaArchive:
    """Suites of packages that nobody fetches, for questions of choice: package() and then publish() each suite."""

    def __init__(self, server, key, folder, name="choice"):
        self.server, self.key, self.name = server, key, name
        self.url = f"{server.url}/{name}"
        self.folder = Path(folder)
        self.stanzas = {}
        self.suites = []

    def package(self, package, version="1", suite="stable", architecture="amd64", index=None, **fields):
        """`fields` as in depends="a | b", multi_arch="same"; `index`: of which architecture's Packages file."""
        stanza = {"Package": package, "Version": version, "Architecture": architecture,
                  "Maintainer": "Tests <tests@example.org>", "Description": "made by a test",
                  **{key.replace("_", "-").title(): value for key, value in fields.items()}}
        path = f"pool/{package}_{version.replace(':', '%3a')}_{architecture}.deb"
        stanza |= {"Filename": path, "Size": "7", "SHA256": sha256(f"{package} {version}".encode())}
        index = index or ("amd64" if architecture == "all" else architecture)
        text = "".join(f"{key}: {value}\n" for key, value in stanza.items())
        self.stanzas.setdefault((suite, index), []).append(text)

    def publish(self, suite="stable", date=DATE, forms=("xz",), by_hash=True, by_name=True, key=None, extra="",
                origin="Tests", architectures=("amd64",)):
        top, listed = f"/{self.name}/dists/{suite}", ""
        for architecture in architectures:
            packages = "\n".join(self.stanzas.get((suite, architecture), [])).encode()
            if "" not in forms:  # named but not served, as Debian has it; apt looks for this line
                listed += f" {sha256(packages)} {len(packages)} main/binary-{architecture}/Packages\n"
            for form in forms:
                path = f"main/binary-{architecture}/Packages" + (f".{form}" if form else "")
                body = COMPRESSORS[form](packages)
                listed += f" {sha256(body)} {len(body)} {path}\n"
                if by_name:
                    self.server.content[f"{top}/{path}"] = Content(body)
                if by_hash:
                    hashed = f"main/binary-{architecture}/by-hash/SHA256/{sha256(body)}"
                    self.server.content[f"{top}/{hashed}"] = Content(body)
        self.release = (
            f"Origin: {origin}\nLabel: {origin}\nSuite: {suite}-suite\nCodename: {suite}\nDate: {date}\n"
            f"{'Acquire-By-Hash: yes' + chr(10) if by_hash else ''}{extra}Architectures: {' '.join(architectures)}\n"
            f"Components: main\nDescription: made by a test\nSHA256:\n{listed}"
        )
        self.server.content[f"{top}/InRelease"] = Content((key or self.key).clearsign(self.release))
        if suite not in self.suites:
            self.suites.append(suite)

    def sources(self, suites=None):
        """An apt folder that names these suites."""
        folder = self.folder / f"{self.name}-apt"
        folder.joinpath("sources.list.d").mkdir(parents=True, exist_ok=True)
        folder.joinpath("sources.list.d/tests.sources").write_text(
            f"Types: deb\nURIs: {self.url}\nSuites: {' '.join(suites or self.suites)}\nComponents: main\n"
            f"Signed-By: {self.key.public}\n")
        return folder


def _zstd(body):
    return subprocess.run(["zstd", "-q", "-c"], input=body, capture_output=True, check=True).stdout


COMPRESSORS = {"": bytes, "xz": lambda body: lzma.compress(body, preset=1), "zst": _zstd,
               "gz": lambda body: gzip.compress(body, mtime=0)}
