"""--gpus: what a run is given of a machine's GPU driver, told by made-up devices, libraries and specifications."""

import hashlib
import json
import os
import stat
import subprocess

import pytest

VERSION = "535.104.05"
CALLS = ("import ctypes, json, os, sys\nprint(json.dumps([ctypes.CDLL('libcuda.so.1').cuInit(), os.listdir('/run/nvidia/lib'),"
         " sorted(n for n in os.listdir('/dev') if n.startswith('nvidia')), os.environ['LD_LIBRARY_PATH'],"
         " os.environ.get('NVIDIA_VISIBLE_DEVICES')]))")


def library(path, name, answer=7):
    """A shared object that the loader takes, with a function to call."""
    path.parent.mkdir(parents=True, exist_ok=True)
    source = path.with_suffix(".c")
    source.write_text(f"int cuInit(void) {{ return {answer}; }}\n")
    subprocess.run(["gcc", "-shared", "-fPIC", "-nostdlib", f"-Wl,-soname,{name}", "-o", path, source], check=True)
    source.unlink()
    return path


def node(path, minor):
    """A character device, or where none may be made a plain file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        path.write_text("")
    return path


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """The root of a machine with two GPUs; its libraries lie where only ldconfig's cache tells."""
    root = tmp_path_factory.mktemp("machine")
    for minor, name in enumerate(["nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm"]):
        node(root / "dev" / name, minor)
    libraries = root / "opt/driver"
    library(libraries / f"libcuda.so.{VERSION}", "libcuda.so.1")
    library(libraries / f"libnvidia-ml.so.{VERSION}", "libnvidia-ml.so.1")
    (libraries / f"libnvidia-odd.so.{VERSION}").write_text("no library at all\n")
    foreign = bytearray((libraries / f"libcuda.so.{VERSION}").read_bytes())
    foreign[18:20] = b"\x03\x00"
    (root / "usr/lib").mkdir(parents=True)
    (root / f"usr/lib/libnvidia-foreign.so.{VERSION}").write_bytes(foreign)
    (root / "usr/lib/libcuda.so.470.1").write_text("an older one")
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin/nvidia-smi").write_text("#!/bin/sh\necho two GPUs\n")
    (root / "usr/bin/nvidia-smi").chmod(0o755)
    (root / "proc/driver/nvidia").mkdir(parents=True)
    (root / "proc/driver/nvidia/version").write_text(
        f"NVRM version: NVIDIA UNIX x86_64 Kernel Module  {VERSION}  Sat Aug 19 01:15:15 UTC 2023\nGCC version: 12.2.0\n")
    for number, bus in enumerate(["0000:3b:00.0", "0000:af:00.0"]):
        folder = root / "proc/driver/nvidia/gpus" / bus
        folder.mkdir(parents=True)
        # The card that is first on the bus is not the first device.
        (folder / "information").write_text(f"Model: \t\t made up\nGPU UUID: \t GPU-0000-{number}\nDevice Minor: \t {1 - number}\n")
    (root / "etc").mkdir()
    (root / "etc/ld.so.conf").write_text("/opt/driver\n")
    subprocess.run(["/sbin/ldconfig", "-r", root, "-X"], check=True)
    return root


def edits(machine, *nodes, **others):
    return {"deviceNodes": [{"path": f"/dev/{name}", "hostPath": str(machine / "dev" / name)} for name in nodes], **others}


def specification(machine):
    driver = f"/usr/lib/x86_64-linux-gnu/libcuda.so.{VERSION}"
    return {
        "cdiVersion": "0.5.0", "kind": "nvidia.com/gpu",
        "containerEdits": edits(
            machine, "nvidiactl", env=["NVIDIA_VISIBLE_DEVICES=void", "LD_PRELOAD=/evil.so"],
            hooks=[{"hookName": "createContainer", "path": "/usr/bin/nvidia-ctk",
                    "args": ["nvidia-ctk", "hook", "create-symlinks", "--link", "libcuda.so.1::/usr/lib/x86_64-linux-gnu/libcuda.so"]},
                   {"hookName": "createContainer", "path": "/usr/bin/nvidia-ctk", "args": ["nvidia-ctk", "hook", "update-ldcache"]}],
            mounts=[{"hostPath": str(machine / f"opt/driver/libcuda.so.{VERSION}"), "containerPath": driver, "options": ["ro", "bind"]},
                    {"hostPath": str(machine / "usr/bin/nvidia-smi"), "containerPath": "/usr/bin/nvidia-smi"},
                    {"hostPath": str(machine / "etc/ld.so.conf"), "containerPath": "/usr/share/nvidia/settings.conf"},
                    {"hostPath": str(machine / "etc/ld.so.conf"), "containerPath": "/etc/passwd"}]),
        "devices": [{"name": "0", "containerEdits": edits(machine, "nvidia0")},
                    {"name": "1", "containerEdits": edits(machine, "nvidia1")},
                    {"name": "all", "containerEdits": edits(machine, "nvidia0", "nvidia1")}]}


def as_yaml(value, indent=""):
    """The block style in which nvidia-ctk writes."""
    lines = []
    for key, item in value.items() if isinstance(value, dict) else (("-", item) for item in value):
        head = indent + (key if key == "-" else f"{key}:")
        if isinstance(item, (dict, list)):
            lines += [head, *as_yaml(item, indent + "  ").splitlines()]
        else:
            lines.append(f"{head} {json.dumps(item) if str(item).isdigit() else item}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def gpus(filled_cache, machine, tmp_path):
    """Runs with --gpus; specifications are those that were written to its folder."""
    class Gpus:
        folder = tmp_path / "cdi"
        project = filled_cache

        def write(self, name, document):
            self.folder.mkdir(exist_ok=True)
            (self.folder / name).write_text(document if isinstance(document, str) else json.dumps(document))

        def run(self, choice, *options, command=("python3", "-c", CALLS), project=None, root=machine, **environment):
            environment = {"MLREPRO_CDI_DIR": str(self.folder), "MLREPRO_DRIVER_ROOT": str(root), **environment}
            return (project or self.project).run("run", *(options or ["--no-record"]), "--gpus", choice, "--", *command,
                                                 env=environment)

    return Gpus()


def test_specification_in_yaml_gives_devices_libraries_and_variables(gpus, machine, built):
    gpus.write("nvidia.yaml", "---\n" + as_yaml(specification(machine)))
    before = sorted(str(path) for path in built.cache.glob("images/*/rootfs/**"))
    result = gpus.run("all", "--name", "g", project=built).succeeded()
    answer, names, devices, path, visible = json.loads(result.out)
    assert answer == 7 and visible == "void" and path == "/run/nvidia/lib"
    assert sorted(names) == ["libcuda.so", "libcuda.so.1", f"libcuda.so.{VERSION}"]
    assert devices == ["nvidia0", "nvidia1", "nvidiactl"]
    assert "hooks (2) are not run" in result.err and "/etc/passwd of the environment" in result.err
    record = built.run("runs", "show", "g", "--json").succeeded().json()["run"]
    file = machine / f"opt/driver/libcuda.so.{VERSION}"
    assert record["gpus"] == "all" and "LD_PRELOAD" not in record["environment"]
    assert {"path": str(file), "size": file.stat().st_size, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()} \
        in record["unlocked_inputs"]
    assert file.name in built.run("runs", "show", "g").out
    assert sorted(str(path) for path in built.cache.glob("images/*/rootfs/**")) == before
    # The record alone says what a replay needs.
    (built.folder / "output").mkdir(exist_ok=True)
    gpus.run("all", "--name", "w", project=built, command=["sh", "-c", "ls /run/nvidia/lib > output/names"]).succeeded()
    environment = {"MLREPRO_CDI_DIR": str(gpus.folder), "MLREPRO_DRIVER_ROOT": str(machine)}
    built.run("verify", "--run", "w", "--replay", env=environment).succeeded()


@pytest.mark.parametrize("runtime", ["crun", "runc"])
def test_specification_in_json_gives_the_device_that_was_chosen(gpus, machine, runtime):
    gpus.write("nvidia.json", specification(machine))
    gpus.write("other.json", {**specification(machine), "kind": "example.org/card"})
    code = ("import os\nfor p in ('/run/nvidia/lib/libcuda.so.1', '/usr/share/nvidia/settings.conf'):\n"
            "  try: open(p, 'r+b'); print('written')\n  except OSError as e: print(e.strerror)\n"
            "print(*sorted(n for n in os.listdir('/dev') if n.startswith('nvidia')), flush=True)\nos.execvp('nvidia-smi', ['nvidia-smi'])")
    result = gpus.run("device=1", command=["python3", "-c", code], MLREPRO_OCI_RUNTIME=runtime).succeeded()
    assert result.out.splitlines() == ["Read-only file system"] * 2 + ["nvidia1 nvidiactl", "two GPUs"]


def test_without_a_specification_the_driver_is_looked_for(gpus, machine):
    answer, names, devices, _, _ = json.loads(gpus.run("all").succeeded().out)
    assert answer == 7 and devices == ["nvidia-uvm", "nvidia0", "nvidia1", "nvidiactl"]
    assert sorted(names) == sorted(
        ["libcuda.so", "libcuda.so.1", f"libcuda.so.{VERSION}", "libnvidia-ml.so.1", f"libnvidia-ml.so.{VERSION}",
         "libnvidia-odd.so.1", f"libnvidia-odd.so.{VERSION}"])


@pytest.mark.parametrize("choice, device", [("device=0", "nvidia1"), ('"device=GPU-0000-1"', "nvidia0")])
def test_numbers_count_by_the_bus_and_uuids_are_known(gpus, choice, device):
    assert json.loads(gpus.run(choice).succeeded().out)[2] == ["nvidia-uvm", device, "nvidiactl"]


def test_library_of_another_version_than_the_kernel_module_is_told(gpus, tmp_path):
    root = tmp_path / "root"
    node(root / "dev/nvidia0", 0)
    library(root / "usr/lib/libcuda.so.550.54.14", "libcuda.so.1")
    (root / "proc/driver/nvidia").mkdir(parents=True)
    (root / "proc/driver/nvidia/version").write_text(f"NVRM version: NVIDIA UNIX x86_64 Kernel Module  {VERSION}  Sat\n")
    result = gpus.run("all", root=root).failed(125)
    assert VERSION in result.err and "libcuda.so.550.54.14" in result.err


def test_changed_library_is_hashed_again(gpus, machine, built, tmp_path):
    spec = specification(machine)
    file = library(tmp_path / f"libcuda.so.{VERSION}", "libcuda.so.1")
    spec["containerEdits"]["mounts"] = [{"hostPath": str(file), "containerPath": f"/usr/lib/{file.name}"}]
    gpus.write("nvidia.json", spec)
    for answer in (7, 8):
        library(file, "libcuda.so.1", answer)
        assert json.loads(gpus.run("all", "--name", f"n{answer}", project=built).succeeded().out)[0] == answer
        record = built.run("runs", "show", f"n{answer}", "--json").json()["run"]
        assert record["unlocked_inputs"][0]["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()


def test_machine_without_a_gpu_is_told_what_was_looked_for(gpus, tmp_path):
    result = gpus.run("all", root=tmp_path).failed(125)
    for word in ("nvidia.com/gpu", str(gpus.folder), "/dev/nvidia0", "--gpus none"):
        assert word in result.err
    node(tmp_path / "dev/nvidia0", 0)
    assert "libcuda.so" in gpus.run("all", root=tmp_path).failed(125).err
    gpus.run("none", root=tmp_path, command=["true"]).succeeded()


@pytest.mark.parametrize("choice, word", [("some", "some"), ("device=", "empty"), ("device=0,0", "twice"), ("device=../0", "../0"),
                                          ("device=7", "device=7"), ("2", "neither")])
def test_gpus_that_make_no_sense_are_125_and_named(gpus, choice, word):
    result = gpus.run(choice).failed(125)
    assert word in result.err and result.out == ""


def changed(path, value):
    def change(spec):
        *keys, last = path
        for key in keys:
            spec = spec[key]
        spec[last] = value

    return change


MOUNT = ("containerEdits", "mounts", 0)


@pytest.mark.parametrize("change, word", [
    (changed(["cdiVersion"], "2.0.0"), "2.0.0"), (changed(["kind"], "gpu"), "VENDOR/CLASS"),
    (changed([*MOUNT, "containerPath"], "/"), "mount over /"), (changed([*MOUNT, "hostPath"], "/opt/../etc/shadow"), ".."),
    (changed([*MOUNT, "containerPath"], "lib/x"), "not absolute"), (changed([*MOUNT, "hostPath"], "/not/there"), "/not/there"),
    (changed(["containerEdits", "deviceNodes", 0, "path"], "/etc/x"), "below /dev"), (changed(["devices"], []), "devices"),
    (changed(["devices", 0, "name"], "a/b"), "a/b"), (changed(["devices", 1, "name"], "0"), "two devices"),
    (changed(["containerEdits", "env"], ["no equals"]), "NAME=VALUE"), (changed(["containerEdits"], 3), "containerEdits"),
    (changed(["containerEdits", "hooks"], {"a": 1}), "hooks"), (changed(["kind"], "nvidia.com/gpu\0"), "NUL"),
])
def test_hostile_specification_is_one_clear_message(gpus, machine, change, word):
    spec = specification(machine)
    change(spec)
    gpus.write("nvidia.json", spec)
    result = gpus.run("all").failed(125)
    assert word in result.err and result.err.count("error") == 1


@pytest.mark.parametrize("text, word", [
    ("cdiVersion: [", "YAML"), ("a: &x 1\nb: *x\n", "anchor"), ("a: " + "[" * 100 + "]" * 100, "deep"), ("a: 1\na: 2\n", "twice"),
    ("a:\n\t- b\n", "YAML"), ("--- 1\n--- 2\n", "more than one"), ("x: !!binary aGk=\n", "tag"), ("", "no mapping"),
    ("a: " + "x" * (5 << 20), "nvidia.yaml"), ("{" * 100_000, "nvidia.yaml"), ("- 1\n" * 150_000, "values"),
], ids=lambda text: text[:12])
def test_bad_yaml_is_one_clear_message(gpus, text, word):
    gpus.write("nvidia.yaml", text)
    result = gpus.run("all").failed(125)
    assert word in result.err and len(result.err) < 2000
