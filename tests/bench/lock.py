#!/usr/bin/env python3
"""mlrepro lock beside uv pip compile on the same requirements: cold and warm, in turn, medians and ratios."""

from measure import ROOT, alternate, options_of, remove, run, table, uv_program

REQUIREMENTS = ["numpy", "scikit-learn", "safetensors"]


def main():
    options = options_of(__doc__, 5)
    scratch = options.scratch
    program = str(options.mlrepro.resolve())
    uv = uv_program(scratch)
    requirements = ", ".join(f'"{name}"' for name in REQUIREMENTS)
    manifests = {
        "whole": (ROOT / "fixtures/quickstart/mlrepro.toml").read_text(),
        "python": f'[python]\nversion = "3.11"\nrequirements = [{requirements}]\n',
    }
    for name, text in manifests.items():
        (scratch / name).mkdir(parents=True, exist_ok=True)
        (scratch / name / "mlrepro.toml").write_text(text)
    wanted = scratch / "requirements.in"
    wanted.write_text("\n".join(REQUIREMENTS) + "\n")
    output = scratch / "requirements.txt"

    def lock(name, cache):
        return lambda: run([program, "-C", str(scratch / name), "--cache-dir", str(cache), "lock"])

    def forget(name, *more):
        return lambda: remove(scratch / name / "mlrepro.lock", *more)

    def compile_with(*more):
        command = [uv, "pip", "compile", "-q", "--python-version", "3.11", "--python-platform", "x86_64-manylinux_2_31",
                   "--only-binary", ":all:", "--generate-hashes", "-o", str(output), str(wanted), *more]
        return lambda: run(command)

    cold, warm, uv_warm = scratch / "cold", scratch / "warm", ["--cache-dir", str(scratch / "uv-cache")]
    for prepare in (lock("whole", warm), lock("python", warm), compile_with(*uv_warm)):
        prepare()
    cases = [
        ("lock, OS and Python, cold", forget("whole", cold), lock("whole", cold)),
        ("lock, Python alone, cold", forget("python", cold), lock("python", cold)),
        ("uv pip compile, cold", lambda: remove(output), compile_with("--no-cache")),
        ("lock, OS and Python, warm", forget("whole"), lock("whole", warm)),
        ("lock, Python alone, warm", forget("python"), lock("python", warm)),
        ("uv pip compile, warm", lambda: remove(output), compile_with(*uv_warm)),
    ]
    table(alternate(cases, options.runs), [
        ("Python alone, cold", "lock, Python alone, cold", "uv pip compile, cold"),
        ("Python alone, warm", "lock, Python alone, warm", "uv pip compile, warm"),
        ("OS and Python, cold", "lock, OS and Python, cold", "uv pip compile, cold"),
    ])


if __name__ == "__main__":
    main()
