"""A signed Debian archive: pool, Packages, InRelease signed with a key that is made here."""

import gzip
import hashlib
import lzma
import subprocess
from pathlib import Path

from .server import Content

SUITE = "tiny"
DATE = "Sat, 01 Mar 2025 08:00:00 UTC"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class SigningKey:
    """A key in a keyring of its own."""

    def __init__(self, folder, name="Archive of the tests"):
        self.home = Path(folder)
        self.home.mkdir(mode=0o700, parents=True)
        self._gpg("--quick-generate-key", f"{name} <archive@example.org>", "rsa2048", "sign", "never")
        self.public = self.home / "archive.gpg"
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
