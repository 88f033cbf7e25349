"""kill -9 at random moments of lock, build, run and store gc, each followed by a normal command: the right result, no
partial blob, no process, mount or folder left.

MLREPRO_KILLS says how many (default: a few), MLREPRO_SEED which moments. 200 by hand:

    MLREPRO_KILLS=200 MLREPRO_SEED=7 python3 -m pytest -s tests/functional/store/test_killed.py
"""

import ctypes
import hashlib
import json
import os
import random
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

KILLS = int(os.environ.get("MLREPRO_KILLS", "6"))
SEED = int(os.environ.get("MLREPRO_SEED", "1"))
PR_SET_CHILD_SUBREAPER = 36
STUBBORN = "trap '' TERM INT HUP; (trap '' TERM HUP; sleep 600) & i=0; while [ $i -lt 8 ]; do echo $i; i=$((i+1)); sleep 0.05; done"


def children():
    """{pid: command} of what is ours, orphans of what was killed among them."""
    found = {}
    for task in Path("/proc/self/task").iterdir():
        try:
            pids = (task / "children").read_text().split()
        except (FileNotFoundError, ProcessLookupError):  # a thread of the server that ended meanwhile
            continue
        for pid in pids:
            try:
                found[int(pid)] = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                pass
    return found


@pytest.fixture
def orphans():
    """Orphans of what a test kills become its children: a function that waits until none of them is left."""
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    before = set(children())

    def left(seconds=10):
        end = time.monotonic() + seconds
        while True:
            rest = {pid: command for pid, command in children().items() if pid not in before}
            for pid in list(rest):
                if os.waitpid(pid, os.WNOHANG)[0]:
                    del rest[pid]
            if not rest or time.monotonic() > end:
                return rest
            time.sleep(0.02)

    yield left
    libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


class Worlds:
    """What is killed: each is a project as it should be, and the commands on it."""

    def __init__(self, built, dice):
        self.built, self.dice = built, dice
        self.image = built.lock_document()["image"]
        self.text = built.lockfile.read_bytes()
        lock = json.loads(self.text)
        del lock["image"]
        self.unbuilt = json.dumps(lock, indent=2) + "\n"
        self.seconds = {}

    def arguments(self, kind):
        return {"lock": ["lock", "--upgrade"], "lock-cold": ["lock"], "build": ["build"], "build-scratch": ["build", "--no-cache"],
                "twice": ["build", "--twice"], "run": ["run", "--", "sh", "-c", STUBBORN],
                "gc": ["store", "gc", "--keep-days", "0"]}[kind]

    def prepare(self, kind):
        project = self.built
        images = project.cache / "images"
        if kind == "lock-cold":
            for name in ("metadata", "solv", "releases", "store"):
                subprocess.run(["rm", "-rf", project.cache / name], check=True)
        if kind == "build":
            project.lockfile.write_text(self.unbuilt)
            subprocess.run(["rm", "-rf", images], check=True)
        if kind == "gc":
            waste = project.cache / "store/sha256/00"
            waste.mkdir(exist_ok=True)
            for number in range(20):
                body = self.dice.randbytes(1000)
                digest = hashlib.sha256(body).hexdigest()
                place = project.cache / "store/sha256" / digest[:2]
                place.mkdir(exist_ok=True)
                (place / digest).write_bytes(body)
            other = images / ("0" * 64)
            subprocess.run(["cp", "-a", images / self.image["digest"].split(":")[1], other], check=True)

    def settle(self):
        """As a person goes on: the next normal commands, which must come to what was before."""
        project = self.built
        project.run("lock").succeeded()
        image = project.run("build", "--json").succeeded().json()["image"]
        assert image["digest"] == self.image["digest"]
        assert project.lockfile.read_bytes() == self.text
        assert project.run("run", "--no-record", "--", "cat", "/usr/share/greeting/version").succeeded().out == "1.5-1\n"


def leftovers(project):
    cache = project.cache
    name = "mlrepro-twice-" + hashlib.sha256(str(cache / "images").encode()).hexdigest()[:16]
    found = [path for path in (Path("/dev/shm", name), Path("/var/tmp", name)) if path.exists()]
    found += [path for path in (cache / "images").iterdir() if path.name.startswith((".building", ".twice"))
              and not path.name == ".twice.lock"]
    found += list(cache.glob("store/tmp/*")) + list(cache.glob("run/*/*.??????")) + list(cache.glob("run/*.??????"))
    found += list(cache.glob("run/runtime/*")) + list(project.folder.glob(".*.??????"))
    return [str(path) for path in found]


def mounts_below(project):
    return [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if str(project.cache) in line]


def test_killed_anywhere_the_next_command_finds_all_in_order(built, orphans):
    dice = random.Random(SEED)
    worlds = Worlds(built, dice)
    kinds = ["run", "build", "gc", "lock", "twice", "lock-cold"]
    hit, left_behind = Counter(), Counter()
    for number in range(KILLS):
        kind = kinds[number % len(kinds)]
        worlds.prepare(kind)
        if kind not in worlds.seconds:
            worlds.seconds[kind] = built.run(*worlds.arguments(kind)).succeeded().seconds
            worlds.prepare(kind)
        moment = dice.uniform(0.002, worlds.seconds[kind] * 1.05)
        where = f"kill {number} of seed {SEED}: {kind} after {moment:.3f} s"
        hit[kind] += built.kill_after(moment, *worlds.arguments(kind))
        rest = orphans()
        assert not rest, f"{where} left processes: {rest}"
        assert mounts_below(built) == [], where
        try:
            check = built.run("store", "check", "--json").json()
            # The image that was made to be cleared away is none.
            assert check["damaged"] == [] and [each["digest"] for each in check["damaged_images"]] in ([], ["sha256:" + "0" * 64])
            worlds.settle()
        except AssertionError as error:
            raise AssertionError(f"{where}: {error}") from error
        for path in leftovers(built):
            left_behind[Path(path).name.split(".")[0] or Path(path).name] += 1
    print(f"\nkilled at work: {dict(hit)} of {KILLS}; seconds undisturbed: { {k: round(v, 2) for k, v in worlds.seconds.items()} };"
          f" seen after the next commands: {dict(left_behind)}")
    assert sum(hit.values()) > KILLS // 3
    built.run("store", "gc", "--keep-days", "0").succeeded()
    assert leftovers(built) == []
    assert orphans() == {}
