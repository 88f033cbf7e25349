"""How time and memory grow with an index: many packages, many versions of one name, many requirements of one version.

    python3 tests/bench/index_size.py [FOLDER]

The index is on loopback, served by Python, so that the first lock is bound by the server; the second is --offline.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "functional"))

from world.program import program_path  # noqa: E402
from world.scenario import Scenario, read_files  # noqa: E402
from world.server import Server  # noqa: E402


def tree(count):
    """Each package requires two others below it."""
    lines = []
    for n in range(count):
        below = [f"p{m}>=1" for m in (2 * n + 1, 2 * n + 2) if m < count]
        lines.append(f"p{n} 1.0 2.0" + (f" : {' | '.join(below)}" if below else ""))
    return lines, ["p0"]


def chain(count):
    """Each requires the next; the newest of the last is not what the one before it wants."""
    lines = [f"p{n} 1.0 2.0 : p{n + 1}>=1" for n in range(count - 1)]
    return [*lines, f"p{count - 1} 1.0"], ["p0"]


def versions(count):
    """One name of many versions, of which only the oldest goes with the other requirement."""
    lines = [f"many {n}.0 : other>={n // 10}" for n in range(count)]
    return [*lines, *(f"other {n}.0" for n in range(count // 10 + 1))], ["many", "other<2"]


def requirements(count):
    """One version with so many requirements, most for extras that nobody asks for."""
    wanted = " | ".join(f"q{n % 50}>={n % 7}; extra == 'x{n}'" for n in range(count))
    return [f"wide 1.0 2.0 3.0 : {wanted} | q1", *(f"q{n} 9.0" for n in range(50))], ["wide"]


def run(folder, environment, *arguments):
    started = time.monotonic()
    process = subprocess.Popen([str(program_path()), *arguments, "lock"], cwd=folder, env=environment,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    out = process.stdout.read()
    _, status, use = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, out.decode()
    return time.monotonic() - started, use.ru_utime + use.ru_stime, use.ru_maxrss // 1024


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
    print(f"{'index':<22} {'first':>8} {'offline':>8} {'cpu':>8} {'memory':>8}")
    for shape, counts in ((tree, (1250, 5000)), (chain, (1250, 5000)), (versions, (750, 3000)),
                          (requirements, (25_000, 100_000))):
        for count in counts:
            lines, wanted = shape(count)
            scenario = Scenario(f"{shape.__name__} {count}", requirements=wanted)
            scenario.files = [file for line in lines for file in read_files(line)]
            server = Server()
            work = folder / scenario.slug
            work.mkdir(parents=True, exist_ok=True)
            (work / "mlrepro.toml").write_text(scenario.manifest(scenario.publish(server, "json")))
            environment = {**os.environ, "MLREPRO_CACHE_DIR": str(work / "cache")}
            first, _, _ = run(work, environment)
            (work / "mlrepro.lock").unlink()
            server.close()
            offline, cpu, memory = run(work, environment, "--offline")
            print(f"{scenario.title:<22} {first:>7.2f}s {offline:>7.2f}s {cpu:>7.2f}s {memory:>5} MiB", flush=True)


if __name__ == "__main__":
    main()
