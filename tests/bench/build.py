#!/usr/bin/env python3
"""mlrepro build beside mmdebstrap and uv pip install of the same packages, the first time and after one Python package was
added: in turn, medians and ratios. Needs root."""

import json

from measure import ROOT, alternate, options_of, remove, run, table, uv_program


def main():
    options = options_of(__doc__, 3)
    scratch = options.scratch
    program = str(options.mlrepro.resolve())
    uv = uv_program(scratch)
    project, cache, tree = scratch / "project", scratch / "build-cache", scratch / "tree"
    project.mkdir(parents=True, exist_ok=True)
    ours = [program, "-C", str(project), "--cache-dir", str(cache)]
    manifest = (ROOT / "fixtures/quickstart/mlrepro.toml").read_text()
    states = {}
    for added in (True, False):
        text = manifest.replace('"safetensors"', '"safetensors", "tqdm"') if added else manifest
        (project / "mlrepro.toml").write_text(text)
        (project / "mlrepro.lock").unlink(missing_ok=True)
        run([*ours, "lock"])
        run([*ours, "build"])  # the store holds every file from here on
        states[added] = (text, (project / "mlrepro.lock").read_text())
    locked = json.loads((project / "mlrepro.lock").read_text())
    requested = [package["name"] for package in locked["os"]["packages"] if package["requested"]]
    wheels = [f"{package['name']}=={package['version']}" for package in locked["python"]["packages"]]
    uv_cache = ["--cache-dir", str(scratch / "uv-cache")]

    def use(added):
        for name, text in zip(("mlrepro.toml", "mlrepro.lock"), states[added]):
            (project / name).write_text(text)

    def start_anew():
        remove(cache / "images")
        use(False)

    def start_from_other():
        start_anew()
        run([*ours, "build"])
        use(True)

    def peer():
        seconds = run(["mmdebstrap", "--variant=essential", f"--include={','.join(requested)}", "bookworm", str(tree)])
        return seconds + run([uv, "pip", "install", "-q", "--target", str(tree / "opt/env"), "--python-version", "3.11",
                              "--python-platform", "x86_64-manylinux_2_31", "--only-binary", ":all:",
                              "--compile-bytecode", "--link-mode", "copy", *uv_cache, *wheels])

    cases = [
        ("mlrepro build", start_anew, lambda: run([*ours, "build"])),
        ("mlrepro build, one added", start_from_other, lambda: run([*ours, "build"])),
        ("mmdebstrap and uv pip install", lambda: remove(tree), peer),
    ]
    table(alternate(cases, options.runs), [("build", "mlrepro build", "mmdebstrap and uv pip install"),
                                          ("build, one added", "mlrepro build, one added",
                                           "mmdebstrap and uv pip install")])


if __name__ == "__main__":
    main()
