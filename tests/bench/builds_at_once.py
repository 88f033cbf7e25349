#!/usr/bin/env python3
"""Three builds of mlrepro at once, of three different locks over one cache, beside one of them alone, and beside the three one after
the other: in turn, medians and ratios. Every package is in the cache, no image is."""

import subprocess
import sys
import time

from measure import alternate, options_of, remove, run, table

SETS = {"python3": ["python3"], "perl": ["perl"], "git": ["git"]}


class Builds:
    def __init__(self, options):
        self.cache = options.scratch / "at-once-cache"
        self.projects = [options.scratch / "at-once" / name for name in SETS]
        self.program = [str(options.mlrepro.resolve()), "--cache-dir", str(self.cache)]
        for project, packages in zip(self.projects, SETS.values()):
            project.mkdir(parents=True, exist_ok=True)
            (project / "mlrepro.toml").write_text(f'[os]\nsuite = "bookworm"\npackages = {packages}\n'.replace("'", '"'))
            run(self.words(project, "lock"))
            run(self.words(project, "build"))  # the store holds every file from here on

    def words(self, project, command):
        return [*self.program, "-C", str(project), command]

    def forget(self):
        remove(self.cache / "images")

    def one(self):
        return run(self.words(self.projects[0], "build"))

    def row(self):
        return sum(run(self.words(project, "build")) for project in self.projects)

    def at_once(self):
        started = time.monotonic()
        building = [subprocess.Popen(self.words(project, "build"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                    for project in self.projects]
        if any(each.wait() != 0 for each in building):
            sys.exit("a build failed")
        return time.monotonic() - started


def main():
    options = options_of(__doc__, 3)
    builds = Builds(options)
    medians = alternate([("one build", builds.forget, builds.one), ("three, one by one", builds.forget, builds.row),
                         ("three at once", builds.forget, builds.at_once)], options.runs)
    table(medians, [("three at once, beside one", "three at once", "one build"),
                    ("three at once, beside a row", "three at once", "three, one by one")])
    remove(builds.cache, options.scratch / "at-once")


if __name__ == "__main__":
    main()
