"""mlrepro lock beside uv pip compile on real sets of Python requirements: cold, and warm without network (the same question
again, and solved anew).

    python3 tests/bench/python.py [--runs 5] [--sets jupyter,boto3] [--mlrepro PROGRAM] [--uv PROGRAM] [--scratch FOLDER]

Both take wheels alone for CPython 3.11 on glibc 2.31, from the index that pip has here; where a set has none without sources,
both build. Ratios below 1: mlrepro is faster, or smaller. Counts of packages are printed, since a set may be solved in more
than one way.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from measure import ROOT, uv_program

SETS = {
    "jupyter": ["jupyter"],
    "transformers": ["transformers==4.35.2", "datasets==2.14.5", "huggingface_hub==0.17.3", "torch"],
    "tensorflow": ["tensorflow", "keras", "scikit-learn", "pandas"],
    "boto3": ["boto3", "urllib3<1.25.4", "python-dateutil<2.8.1"],
    "airflow": ["apache-airflow[all]"],
}
# Sets that have no answer in wheels alone: what the operating system must have for their sources.
BUILT = {
    "airflow": ["python3", "python3-dev", "gcc", "g++", "pkg-config", "libkrb5-dev", "libldap-dev", "libmariadb-dev",
                "libpq-dev", "libsasl2-dev"],
}


class Failed(Exception):
    """A program ended with another status than 0; its words."""


def measured(command, cwd, env):
    """(seconds, MiB) of a command that must succeed."""
    started = time.monotonic()
    process = subprocess.Popen(command, cwd=cwd, env={**os.environ, **env}, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    out = process.stdout.read()
    _, status, use = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise Failed(f"{Path(command[0]).name} finds no answer:\n{out.decode().strip()}")
    return time.monotonic() - started, use.ru_maxrss / 1024


class Resolver:
    """A program that makes a lock below `folder`: run() in each class writes it anew."""

    def __init__(self, program, folder, cache, variable):
        self.program, self.folder, self.cache = program, folder, folder / cache
        self.env = {variable: str(self.cache)}

    def cold(self):
        shutil.rmtree(self.cache, ignore_errors=True)
        return self.run()

    def warm(self):
        return self.run("--offline")


class Ours(Resolver):
    def __init__(self, program, folder, requirements, os_packages):
        super().__init__(program, folder, "cache", "MLREPRO_CACHE_DIR")
        self.builds = bool(os_packages)
        ground = (f'[os]\nsuite = "bookworm"\npackages = {json.dumps(os_packages)}\n[python]\n' if self.builds
                  else '[python]\nversion = "3.11"\nno-build = [":all:"]\n')
        (folder / "mlrepro.toml").write_text(ground + f"requirements = {json.dumps(requirements)}\n")
        if self.builds:
            self.run()

    def cold(self):
        if not self.builds:
            return super().cold()
        # The prepared operating system stays: uv builds in the one that is there.
        for folder in "metadata", "store":
            shutil.rmtree(self.cache / folder, ignore_errors=True)
        return self.run()

    def anew(self):
        for folder in "metadata/answers", "solv/answers":
            shutil.rmtree(self.cache / folder, ignore_errors=True)
        return self.warm()

    def run(self, *options):
        (self.folder / "mlrepro.lock").unlink(missing_ok=True)
        return measured([self.program, *options, "lock"], self.folder, self.env)

    def check(self):
        return measured([self.program, "lock", "--check"], self.folder, self.env)

    def count(self):
        return len(json.loads((self.folder / "mlrepro.lock").read_text())["python"]["packages"])


class Uv(Resolver):
    def __init__(self, program, folder, requirements, builds):
        super().__init__(program, folder, "uv-cache", "UV_CACHE_DIR")
        self.kinds = [] if builds else ["--only-binary", ":all:"]
        (folder / "in.txt").write_text("\n".join(requirements) + "\n")

    def run(self, *options):
        (self.folder / "out.txt").unlink(missing_ok=True)
        # Told where an interpreter is: uv's search for one may take longer than its work.
        return measured([self.program, "pip", "compile", "-q", "--no-config", *self.kinds, "--python", sys.executable,
                         "--python-version", "3.11", "--python-platform", "x86_64-manylinux_2_31", "--no-annotate",
                         "--no-header", *options, "in.txt", "-o", "out.txt"], self.folder, self.env)

    def count(self):
        return sum("==" in line for line in (self.folder / "out.txt").read_text().splitlines())


def compared(name, ours, theirs, runs):
    """A line of the table."""
    times = {key: [] for key in ("cold", "uv cold", "warm", "anew", "uv warm", "check")}
    for _ in range(runs):
        times["cold"].append(ours.cold())
        times["uv cold"].append(theirs.cold())
    for _ in range(runs):
        times["anew"].append(ours.anew())
        times["warm"].append(ours.warm())
        times["uv warm"].append(theirs.warm())
        times["check"].append(ours.check())
    seconds = {key: statistics.median(value[0] for value in values) for key, values in times.items()}
    memory = {key: statistics.median(value[1] for value in values) for key, values in times.items()}
    return (f"{name:<14} {seconds['cold'] / seconds['uv cold']:>6.2f} {seconds['cold']:>7.2f}s {seconds['uv cold']:>7.2f}s"
            f"   {seconds['warm'] / seconds['uv warm']:>6.2f} {seconds['warm']:>7.3f}s"
            f"   {seconds['anew'] / seconds['uv warm']:>6.2f} {seconds['anew']:>7.3f}s {seconds['uv warm']:>7.3f}s"
            f"   {memory['anew']:>4.0f} {memory['uv warm']:>5.0f}   {ours.count()} {theirs.count()}"
            f"   check {seconds['check'] * 1000:.0f} ms")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--mlrepro", default=str(ROOT / "build-release/src/cli/mlrepro"))
    parser.add_argument("--uv")
    parser.add_argument("--scratch", type=Path, default=Path("/dev/shm/mlrepro-bench"))
    options = parser.parse_args()
    options.scratch.mkdir(parents=True, exist_ok=True)
    uv = options.uv or uv_program(options.scratch)
    print(f"{'set':<14} {'cold':>6} {'ours':>8} {'uv':>8}   {'warm':>6} {'ours':>8}   {'anew':>6} {'ours':>8} {'uv':>8}"
          f"   {'MiB':>4} {'uv':>5}   packages")
    for name in options.sets.split(","):
        folder = options.scratch / name
        folder.mkdir(parents=True, exist_ok=True)
        try:
            ours = Ours(options.mlrepro, folder, SETS[name], BUILT.get(name, []))
            theirs = Uv(uv, folder, SETS[name], name in BUILT)
            print(compared(name, ours, theirs, options.runs), flush=True)
        except Failed as failure:
            print(f"{name:<14} not measured: {failure}", flush=True)


if __name__ == "__main__":
    main()
