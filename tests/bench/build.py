#!/usr/bin/env python3
"""mlrepro build beside mmdebstrap and uv pip install of the same packages, with every package in each one's cache: in turn, medians
and ratios. For the set with Python packages also the build after one was added. Needs root."""

import json
import shutil

from measure import alternate, options_of, remove, run, table, uv_program

SETS = {
    "tiny": (["python3"], []),
    "ml": (["python3", "git", "libstdc++6"], ["numpy", "pandas", "scikit-learn"]),
    "dev": (["python3", "build-essential", "git", "cmake", "libopenblas-dev", "openmpi-bin", "ffmpeg"], []),
}


def manifest(os_packages, requirements):
    text = f'[os]\nsuite = "bookworm"\npackages = {json.dumps(os_packages)}\n'
    return text + (f"\n[python]\nrequirements = {json.dumps(requirements)}\n" if requirements else "")


class Set:
    def __init__(self, options, name):
        self.name = name
        self.packages, self.requirements = SETS[name]
        self.scratch = options.scratch / "sets" / name
        self.project, self.tree = self.scratch / "project", self.scratch / "tree"
        self.archives = self.scratch / "archives"
        self.cache = options.scratch / "sets-cache"
        self.ours = [str(options.mlrepro.resolve()), "-C", str(self.project), "--cache-dir", str(self.cache)]
        self.uv = [uv_program(options.scratch), "pip", "install", "-q", "--python-version", "3.11", "--python-platform",
                   "x86_64-manylinux_2_31", "--only-binary", ":all:", "--compile-bytecode", "--link-mode", "copy",
                   "--cache-dir", str(options.scratch / "uv-cache"), "--target", str(self.tree / "opt/env")]
        self.states = {}
        for folder in (self.project, self.archives):
            folder.mkdir(parents=True, exist_ok=True)
        for added in ([True, False] if self.requirements else [False]):
            self.lock(added)
        locked = json.loads((self.project / "mlrepro.lock").read_text())
        self.wheels = [f"{each['name']}=={each['version']}" for each in locked.get("python", {}).get("packages", [])]
        remove(self.tree)
        self.peer()  # fills its caches

    def lock(self, added):
        text = manifest(self.packages, self.requirements + ["tqdm"] * added)
        (self.project / "mlrepro.toml").write_text(text)
        run([*self.ours, "lock"])
        run([*self.ours, "build"])  # the store holds every file from here on
        self.states[added] = (text, (self.project / "mlrepro.lock").read_text())

    def use(self, added):
        for name, text in zip(("mlrepro.toml", "mlrepro.lock"), self.states[added]):
            (self.project / name).write_text(text)

    def build(self):
        return run([*self.ours, "build"])

    def start_anew(self):
        remove(self.cache / "images")
        self.use(False)

    def start_from_other(self):
        self.start_anew()
        self.build()
        self.use(True)

    def peer(self):
        """mmdebstrap with its packages kept in a folder, as its manual page has it."""
        inside = '"$1/var/cache/apt/archives/"'
        seconds = run(["mmdebstrap", "--variant=essential", "--skip=essential/unlink,download/empty,cleanup/apt",
                       f"--include={','.join(self.packages)}",
                       f'--setup-hook=mkdir -p {inside}; cp -l {self.archives}/*.deb {inside} 2>/dev/null || true',
                       f'--customize-hook=cp -ln {inside}*.deb {self.archives}/ 2>/dev/null || true',
                       "bookworm", str(self.tree)])
        return seconds + (run([*self.uv, *self.wheels]) if self.wheels else 0)

    def cases(self):
        ours, theirs, again = f"{self.name}: mlrepro build", f"{self.name}: mmdebstrap + uv", f"{self.name}: one added"
        cases = [(ours, self.start_anew, self.build), (theirs, lambda: remove(self.tree), self.peer)]
        pairs = [(self.name, ours, theirs)]
        if True in self.states:
            cases.append((again, self.start_from_other, self.build))
            pairs.append((f"{self.name}, one added", again, theirs))
        return cases, pairs


def main():
    options = options_of(__doc__, 3)
    if shutil.which("mmdebstrap") is None:
        raise SystemExit("mmdebstrap is missing: apt-get install mmdebstrap")
    medians, pairs = {}, []
    for name in SETS:
        cases, of_set = Set(options, name).cases()
        medians |= alternate(cases, options.runs)
        pairs += of_set
    table(medians, pairs)


if __name__ == "__main__":
    main()
