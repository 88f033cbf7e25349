"""The program under test, and a project folder to use it on."""

import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import jsonschema

ROOT = Path(__file__).resolve().parents[3]
SCHEMAS = ROOT / "schemas"


def schema(path):
    return json.loads((SCHEMAS / f"{path}.schema.json").read_text())


def program_path():
    """$MLREPRO_PROGRAM, else what tools/compile builds."""
    named = os.environ.get("MLREPRO_PROGRAM")
    return Path(named).resolve() if named else ROOT / "build-release/src/cli/mlrepro"


@dataclass
class Result:
    status: int
    out: str
    err: str
    seconds: float

    def json(self):
        """The one document on standard output, which must fit the schema of its kind."""
        document = json.loads(self.out)
        kind = document["kind"]
        jsonschema.validate(document, schema(f"json/{kind}"), jsonschema.Draft202012Validator)
        return document

    def succeeded(self):
        assert self.status == 0, f"exit status {self.status}\n{self.out}\n{self.err}"
        return self

    def failed(self, status):
        assert self.status == status, f"exit status {self.status}, not {status}\n{self.out}\n{self.err}"
        assert "Sanitizer" not in self.err, self.err
        return self


class Project:
    """A folder with a manifest, a cache of its own, and the world's indexes in its environment."""

    def __init__(self, folder, world, cache=None):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.cache = Path(cache or self.folder.parent / f"{self.folder.name}-cache")
        self.world = world
        home = self.folder.parent / "home"
        home.mkdir(exist_ok=True)
        self.environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(home),
            "LANG": "C.UTF-8", "MLREPRO_CACHE_DIR": str(self.cache), "MLREPRO_APT_DIR": str(world.archive.apt),
            "PIP_INDEX_URL": world.index.html,
            # The order is free: what a test preloads comes before the sanitizer.
            "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=0:verify_asan_link_order=0", "UBSAN_OPTIONS": "print_stacktrace=1",
        }

    @property
    def lockfile(self):
        return self.folder / "mlrepro.lock"

    def lock_document(self):
        document = json.loads(self.lockfile.read_text())
        jsonschema.validate(document, schema("lock"), jsonschema.Draft202012Validator)
        return document

    def versions(self, section):
        """{name: version} of the locked packages of "os" or "python"."""
        return {package["name"]: package["version"] for package in self.lock_document()[section]["packages"]}

    def write(self, path, text):
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target

    def manifest(self, packages=("python3",), requirements=None, command=None, outputs=(), extra="", mounts=None,
                 env=None, base=None):
        text = f'[os]\nsuite = "tiny"\npackages = {json.dumps(list(packages))}\n'
        if base:
            text += f"base = {json.dumps(base)}\n"
        if requirements is not None:
            text += f"[python]\nrequirements = {json.dumps(list(requirements))}\n"
        if command is not None:
            mounts = ["./:/app:ro", "./output:/app/output"] if mounts is None else mounts
            (self.folder / "output").mkdir(exist_ok=True)
            text += f'[run]\ncommand = {json.dumps(command)}\nworkdir = "/app"\nmounts = {json.dumps(mounts)}\n'
            if env:
                text += "env = { " + ", ".join(f"{name} = {json.dumps(value)}" for name, value in env.items()) + " }\n"
        if outputs:
            text += f"[outputs]\npaths = {json.dumps(list(outputs))}\n"
        return self.write("mlrepro.toml", text + extra)

    def start(self, *arguments, env=None, prefix=(), **options):
        command = [*map(str, prefix), str(program_path()), *map(str, arguments)]
        return subprocess.Popen(command, cwd=options.pop("cwd", self.folder), env={**self.environment, **(env or {})},
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

    def run(self, *arguments, env=None, prefix=(), timeout=300, **options):
        """Runs `mlrepro ARGUMENTS`; `prefix` is a command that starts it."""
        started = time.monotonic()
        process = self.start(*arguments, env=env, prefix=prefix, **options)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"no end after {timeout} s\n{out.decode()}\n{err.decode()}") from None
        return Result(process.returncode, out.decode(errors="surrogateescape"), err.decode(errors="surrogateescape"),
                      time.monotonic() - started)

    def kill_after(self, seconds, *arguments, env=None):
        """Starts it and kills it -9 after that time. Returns whether it was still at work."""
        process = self.start(*arguments, env=env)
        try:
            process.communicate(timeout=seconds)
            return False
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            return True

    def blob(self, digest):
        digest = digest.removeprefix("sha256:")
        return next(self.cache.joinpath("store").rglob(digest))

    def flip(self, path, at=None):
        """Changes one byte of a file, whoever else has it as a hard link."""
        path = Path(path)
        body = bytearray(path.read_bytes())
        body[len(body) // 2 if at is None else at] ^= 1
        mode = path.stat().st_mode & 0o7777
        path.unlink()
        path.write_bytes(body)
        path.chmod(mode)

    def sibling(self, name, cache=None):
        """Another folder with the same files beside this one."""
        other = Project(self.folder.parent / name, self.world, cache)
        shutil.copytree(self.folder, other.folder, dirs_exist_ok=True, symlinks=True)
        return other
