#!/usr/bin/env python3
"""mlrepro build beside mmdebstrap and uv pip install of the same packages: in turn, medians and a ratio. Needs root."""

import json

from measure import ROOT, alternate, options_of, remove, run, table, uv_program


def main():
    options = options_of(__doc__, 3)
    scratch = options.scratch
    program = str(options.mlrepro.resolve())
    uv = uv_program(scratch)
    project, cache, tree = scratch / "project", scratch / "build-cache", scratch / "tree"
    project.mkdir(parents=True, exist_ok=True)
    (project / "mlrepro.toml").write_text((ROOT / "fixtures/quickstart/mlrepro.toml").read_text())
    ours = [program, "-C", str(project), "--cache-dir", str(cache)]
    run([*ours, "lock"])
    run([*ours, "build"])  # the store holds every file from here on
    locked = json.loads((project / "mlrepro.lock").read_text())
    requested = [package["name"] for package in locked["os"]["packages"] if package["requested"]]
    wheels = [f"{package['name']}=={package['version']}" for package in locked["python"]["packages"]]
    uv_cache = ["--cache-dir", str(scratch / "uv-cache")]

    def peer():
        seconds = run(["mmdebstrap", "--variant=essential", f"--include={','.join(requested)}", "bookworm", str(tree)])
        return seconds + run([uv, "pip", "install", "-q", "--target", str(tree / "opt/env"), "--python-version", "3.11",
                              "--python-platform", "x86_64-manylinux_2_31", "--only-binary", ":all:",
                              "--compile-bytecode", "--link-mode", "copy", *uv_cache, *wheels])

    cases = [
        ("mlrepro build", lambda: remove(cache / "images"), lambda: run([*ours, "build"])),
        ("mmdebstrap and uv pip install", lambda: remove(tree), peer),
    ]
    table(alternate(cases, options.runs), [("build", "mlrepro build", "mmdebstrap and uv pip install")])


if __name__ == "__main__":
    main()
