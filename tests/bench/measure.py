"""What the benchmarks share: programs timed in turn, medians, ratios."""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def options_of(words, runs, scratch="/dev/shm/mlrepro-bench"):
    parser = argparse.ArgumentParser(description=words)
    parser.add_argument("--mlrepro", default=ROOT / "build-release/src/cli/mlrepro", type=Path)
    parser.add_argument("--scratch", default=scratch, type=Path)
    parser.add_argument("--runs", default=runs, type=int)
    return parser.parse_args()


def run(command, cwd=None, env=None):
    """Seconds that a command took; its words are shown only where it fails."""
    started = time.monotonic()
    done = subprocess.run(command, cwd=cwd, env={**os.environ, **(env or {})}, capture_output=True, text=True)
    seconds = time.monotonic() - started
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return seconds


def uv_program(scratch):
    """uv from the Python index, in a virtual environment of its own under `scratch`."""
    home = scratch / "uv"
    program = home / "bin" / "uv"
    if not program.exists():
        venv.create(home, with_pip=True)
        run([str(home / "bin" / "pip"), "install", "-q", "uv"])
    return str(program)


def alternate(cases, runs):
    """`cases` is (name, prepare, command-function) in turn, `runs` times; name -> median seconds."""
    seconds = {name: [] for name, _, _ in cases}
    for _ in range(runs):
        for name, prepare, measured in cases:
            prepare()
            seconds[name].append(measured())
    return {name: statistics.median(values) for name, values in seconds.items()}


def remove(*paths):
    for path in paths:
        if Path(path).is_dir():
            shutil.rmtree(path)
        elif Path(path).exists():
            Path(path).unlink()


def table(medians, pairs):
    print(f"{'what':34} {'median':>9}")
    for name, seconds in medians.items():
        print(f"{name:34} {seconds:8.2f} s")
    print()
    for label, ours, theirs in pairs:
        print(f"{label:34} {medians[ours] / medians[theirs]:8.2f}  ({ours} / {theirs})")
