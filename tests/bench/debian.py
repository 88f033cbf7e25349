#!/usr/bin/env python3
"""mlrepro lock of Debian packages beside apt-get of the same, in an empty root: cold and warm, in turn, medians, ratios."""

import json
import re
import sys
from pathlib import Path

from measure import ROOT, alternate, options_of, remove, run, table

sys.path.insert(0, str(ROOT / "tests/functional"))
from world.apt import Apt  # noqa: E402

PACKAGES = ["python3", "build-essential", "git", "libgomp1"]


def machine_sources():
    """The distribution's own lines of this machine."""
    folder = Path("/etc/apt/sources.list.d")
    texts = [path.read_text() for path in sorted(folder.glob("*.sources"))]
    return "\n\n".join(text for text in texts if re.search(r"^Suites:.*\bbookworm\b", text, re.MULTILINE))


def main():
    options = options_of(__doc__, 5, "/dev/shm/mlrepro-bench-debian")
    scratch = options.scratch
    remove(scratch)
    project, apt_folder = scratch / "project", scratch / "apt"
    project.mkdir(parents=True)
    apt_folder.mkdir()
    (project / "mlrepro.toml").write_text(f'[os]\nsuite = "bookworm"\npackages = {json.dumps(PACKAGES)}\n')
    apt = Apt(apt_folder, machine_sources())
    essential = apt.choice("?essential", *PACKAGES)

    def lock(cache):
        command = [str(options.mlrepro.resolve()), "-C", str(project), "--cache-dir", str(scratch / cache), "lock"]
        return lambda: run(command)

    def simulate():
        return run(["apt-get", "-q", "-s", "-y", "install", "?essential", *PACKAGES], env=apt.environment)

    def update_and_simulate():
        return run(["apt-get", "-q", "update"], env=apt.environment) + simulate()

    lists = [apt_folder / "var/lib/apt/lists", apt_folder / "var/cache/apt"]

    def forget_lists():
        remove(*lists)
        for folder in ("var/lib/apt/lists/partial", "var/cache/apt/archives/partial"):
            (apt_folder / folder).mkdir(parents=True)

    def forget(*more):
        return lambda: remove(project / "mlrepro.lock", *more)

    lock("warm")()
    cases = [
        ("lock, cold", forget(scratch / "cold"), lock("cold")),
        ("apt-get update, apt-get -s", forget_lists, update_and_simulate),
        ("lock, warm", forget(), lock("warm")),
        ("apt-get -s", lambda: None, simulate),
    ]
    table(alternate(cases, options.runs), [
        ("Debian, cold", "lock, cold", "apt-get update, apt-get -s"),
        ("Debian, warm", "lock, warm", "apt-get -s"),
    ])
    locked = {package["name"]: package["version"] for package in json.loads(
        (project / "mlrepro.lock").read_text())["os"]["packages"]}
    print(f"\n{len(locked)} packages; of these apt takes {len(set(locked.items()) & set(essential.items()))} alike, "
          f"and {len(set(essential.items()) - set(locked.items()))} more, since to apt the package apt is essential")
    remove(scratch)


if __name__ == "__main__":
    main()
