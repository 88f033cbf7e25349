#!/usr/bin/env python3
"""mlrepro run of /bin/true on a realised image beside the container runtime alone on the same bundle, as it is and with the filter of
system calls that mlrepro gives crun compiled: in turn, medians, their ratio and difference. Needs root, a tmpfs as scratch, and crun."""

import json
import os
import sys
from pathlib import Path

from measure import alternate, options_of, remove, run, table

INSIDE = "MLREPRO_BENCH_NAMESPACE"
CATCHES = """#!/bin/sh
for word; do case $word in --bundle) next=1;; *) [ -z "$next" ] || cp "$word/config.json" {bundle}; next=;; esac; done
exec crun "$@"
"""


def enter_mount_namespace():
    """What is mounted for the measurement is gone with it. cgroup2 for both, where crun needs that."""
    if INSIDE not in os.environ:
        os.environ[INSIDE] = "1"
        os.execvp("unshare", ["unshare", "-m", "--propagation", "private", sys.executable, *sys.argv])


def main():
    options = options_of(__doc__, 21, "/dev/shm/mlrepro-bench-start")
    enter_mount_namespace()
    scratch = options.scratch
    project, cache, bundle, compiled = (scratch / name for name in ("project", "cache", "bundle", "compiled"))
    for folder in (project, compiled, bundle / "rootfs", bundle / "layer", scratch / "catching"):
        folder.mkdir(parents=True, exist_ok=True)
    (project / "mlrepro.toml").write_text('[os]\nsuite = "bookworm"\npackages = ["python3"]\n')
    ours = [str(options.mlrepro.resolve()), "-C", str(project), "--cache-dir", str(cache)]
    run([*ours, "lock"])
    run([*ours, "build"])
    start = [*ours, "run", "--no-record", "--", "/bin/true"]
    recorded = [*ours, "run", "--", "/bin/true"]

    catching = scratch / "catching/crun"
    catching.write_text(CATCHES.format(bundle=bundle))
    catching.chmod(0o755)
    run(start, env={"MLREPRO_OCI_RUNTIME": str(catching)})
    config = json.loads((bundle / "config.json").read_text())
    config["root"]["path"] = str(bundle / "rootfs")
    (compiled / "config.json").write_text(json.dumps(config))
    # As anybody else writes it: crun compiles its filter of system calls itself, each time.
    config.pop("annotations", None)
    (bundle / "config.json").write_text(json.dumps(config))
    digest = json.loads((project / "mlrepro.lock").read_text())["image"]["digest"].removeprefix("sha256:")
    run(["mount", "-t", "tmpfs", "none", str(bundle / "layer")])
    for folder in ("upper", "work"):
        (bundle / "layer" / folder).mkdir()
    run(["mount", "-t", "overlay", "none", "-o", f"lowerdir={cache / 'images' / digest / 'rootfs'},upperdir={bundle}/layer/upper,"
         f"workdir={bundle}/layer/work", str(bundle / "rootfs")])
    run(start)
    words = (cache / "run/runtime-choice").read_text().split()
    if "cgroup2" in words:
        run(["mount", "-t", "cgroup2", "none", "/sys/fs/cgroup"])
        run(start)
        words = (cache / "run/runtime-choice").read_text().split()
    choices = [word for word in words if word.startswith("--")]
    def alone(folder):
        return ["crun", *choices, "--root", str(scratch / "state"), "run", "--bundle", str(folder), "alone"]
    run(alone(bundle))
    medians = alternate([("mlrepro run --no-record", lambda: None, lambda: run(start)),
                         ("mlrepro run", lambda: None, lambda: run(recorded)),
                         ("crun alone", lambda: None, lambda: run(alone(bundle))),
                         ("crun alone, our filter", lambda: None, lambda: run(alone(compiled)))], options.runs)
    table(medians, [("start", "mlrepro run --no-record", "crun alone"), ("start, recorded", "mlrepro run", "crun alone")])
    for name in ("mlrepro run --no-record", "mlrepro run"):
        for peer in ("crun alone", "crun alone, our filter"):
            print(f"{name} takes {1000 * (medians[name] - medians[peer]):.1f} ms more than {peer}")
    run(["umount", str(bundle / "rootfs")])
    run(["umount", str(bundle / "layer")])
    remove(scratch)


if __name__ == "__main__":
    main()
