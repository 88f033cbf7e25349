"""crun, runc and bubblewrap: a run is the same in each of them, and what is missing is said with its package."""

import json
import os
import shutil
import signal
import stat
import subprocess
import time
from pathlib import Path

import pytest

PROGRAMS = {"crun": "crun", "runc": "runc", "bwrap": "bubblewrap"}
LOOKS = r"""
import json, os, socket
def answer(what):
    try:
        return what()
    except OSError as error:
        return error.strerror
def write(path):
    open(path, "w").write("x")
    return "written"
status = dict(line.rstrip("\n").split(":\t", 1) for line in open("/proc/self/status") if ":\t" in line)
mounts = {line.split()[4] for line in open("/proc/self/mountinfo")}
print(json.dumps({
    "ids": [os.getuid(), os.getgid(), os.getgroups()], "pid": os.getpid(), "cwd": os.getcwd(), "host": socket.gethostname(),
    "environment": {name: value for name, value in os.environ.items() if name not in ("PWD", "SHLVL", "OLDPWD")},
    "status": {name: status[name] for name in ("CapPrm", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp")},
    "data": answer(lambda: open("/data/a").read()), "read only": answer(lambda: write("/data/b")),
    "rw": answer(lambda: write("/out/w")), "root": answer(lambda: write("/etc/w")), "scratch": answer(lambda: write("/tmp/w")),
    "linked": answer(lambda: open("/usr/bin/linked").read()),
    "dev": sorted(set(os.listdir("/dev")) - {"core", "console"}), "net": os.listdir("/sys/class/net"),
    "lo": answer(lambda: socket.create_server(("127.0.0.1", 0)).close()), "processes": [n for n in os.listdir("/proc") if n.isdigit()],
    "shm": os.statvfs("/dev/shm").f_blocks * os.statvfs("/dev/shm").f_frsize,
    "limits": open("/proc/self/limits").read().split("Max open files")[1].split()[:2],
    "signals": [status["SigIgn"], status["SigBlk"]],
    "at": sorted(m for m in mounts if m in ("/", "/data", "/out", "/usr/bin/linked", "/dev/shm", "/proc", "/sys")),
}))
"""


def needs(runtime):
    return pytest.param(runtime, marks=pytest.mark.skipif(not shutil.which(runtime), reason=f"{PROGRAMS[runtime]} is not installed"))


each = pytest.mark.parametrize("runtime", [needs(runtime) for runtime in PROGRAMS])


def looked(project, folder, runtime, *options):
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data/a").write_text("a")
    (folder / "out").mkdir(exist_ok=True)
    (folder / "out").chmod(0o777)
    # bubblewrap has it become another user; the image of these tests is too small to have it.
    for file in [Path("/usr/bin/setpriv"), *Path("/").glob("lib/*-linux-gnu/libcap-ng.so.0")] if "--user" in options else []:
        options += ("-v", f"{file.resolve()}:{file}:ro")
    result = project.run("run", "--no-record", "--runtime", runtime, "-v", f"{folder}/data:/data:ro", "-v", f"{folder}/out:/out",
                         "-v", f"{folder}/data/a:/bin/linked:ro", "-w", "/usr", "-e", "LD_LIBRARY_PATH=/nowhere", "--shm-size", "8m",
                         "--ulimit", "nofile=100:200", *options, "--", "python3", "-c", LOOKS)
    return json.loads(result.succeeded().out)


@pytest.mark.parametrize("options", [(), ("--user", "1000:1001"), ("--read-only",)], ids=["root", "user", "read-only"])
def test_run_looks_the_same_in_each_runtime(filled_cache, tmp_path, options):
    there = [runtime for runtime in PROGRAMS if shutil.which(runtime)]
    seen = {runtime: looked(filled_cache, tmp_path, runtime, *options) for runtime in there}
    first = seen[there[0]]
    assert first["pid"] == 1 and first["cwd"] == "/usr" and first["net"] == ["lo"] and first["lo"] is None
    assert first["data"] == "a" and first["linked"] == "a" and first["rw"] == "written"
    assert first["read only"] == "Read-only file system" and first["limits"] == ["100", "200"]
    assert first["root"] == {(): "written", ("--read-only",): "Read-only file system"}.get(options, "Permission denied")
    for runtime in there[1:]:
        assert seen[runtime] == first, runtime
    owner = os.stat(tmp_path / "out/w")
    assert (owner.st_uid, owner.st_gid) == ((1000, 1001) if "1000:1001" in options else (0, 0))


@each
def test_status_and_streams_are_the_commands(filled_cache, runtime):
    result = filled_cache.run("run", "--no-record", "--runtime", runtime, "--", "sh", "-c", "echo out; echo err >&2; exit 7")
    assert (result.status, result.out, result.err) == (7, "out\n", "err\n")
    for status, code in ((1, "exit 1"), (137, "sleep 1 & kill -9 $!; wait $!")):
        assert filled_cache.run("run", "--no-record", "--runtime", runtime, "--", "sh", "-c", code).status == status
    assert filled_cache.run("run", "--no-record", "--runtime", runtime, "--", "not-there").status == 127


@each
def test_signals_and_time_limits_reach_the_command(filled_cache, runtime):
    code = ("import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(9))\n"
            "print('ready', flush=True)\ntime.sleep(60)")
    process = filled_cache.start("run", "--no-record", "--runtime", runtime, "--", "python3", "-c", code)
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 9
    started = time.monotonic()
    result = filled_cache.run("run", "--no-record", "--runtime", runtime, "--timeout", "0.5", "--", "python3", "-c", code)
    assert result.status == 124 and time.monotonic() - started < 10


@each
def test_killed_run_takes_its_container_along(built, runtime):
    code = ("import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready', flush=True)\n"
            f"time.sleep(60)  # {built.folder}")
    process = built.start("run", "--no-record", "--runtime", runtime, "--", "python3", "-c", code)
    assert process.stdout.readline() == b"ready\n"
    process.kill()
    process.communicate()

    def alive():
        listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
        return [line for line in listed.splitlines() if f"# {built.folder}" in line]

    end = time.monotonic() + 10
    while alive() and time.monotonic() < end:
        time.sleep(0.05)
    assert alive() == []


@pytest.mark.skipif(not shutil.which("bwrap"), reason="bubblewrap is not installed")
def test_without_crun_and_runc_bubblewrap_is_taken(built, tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "bwrap").symlink_to(shutil.which("bwrap"))
    # Programs are also looked for in the sbin folders: those are hidden.
    hide = "/bin/mount -t tmpfs none /usr/sbin && exec \"$@\""
    result = built.run("run", "--name", "wrapped", "--", "true", env={"PATH": str(programs)},
                       prefix=["/usr/bin/unshare", "-m", "/bin/sh", "-c", hide, "sh"]).succeeded()
    assert "wrapped" in result.err
    assert built.run("runs", "show", "wrapped", "--json").json()["run"]["host"]["runtime"].startswith("bubblewrap ")
    shutil.rmtree(built.cache / "run")
    (programs / "bwrap").unlink()
    told = built.run("run", "--", "true", env={"PATH": str(programs)}, prefix=["/usr/bin/unshare", "-m", "/bin/sh", "-c", hide, "sh"]).failed(125)
    for program, package in PROGRAMS.items():
        assert f"{program}: not installed (Debian package {package})" in told.err


@pytest.mark.skipif(not shutil.which("bwrap"), reason="bubblewrap is not installed")
def test_link_out_of_a_mount_leads_nowhere(filled_cache, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    data = tmp_path / "data"
    data.mkdir()
    (data / "link").symlink_to("/oldroot" + str(outside))
    result = filled_cache.run("run", "--no-record", "--runtime", "bwrap", "-v", f"{data}:/data", "-v", f"{data}:/data/link/new",
                              "--", "true").failed(125)
    assert "/data/link/new" in result.err and list(outside.iterdir()) == []


@pytest.mark.parametrize("runtime, word", [("docker-not-there", "not installed"), ("/nonexistent/crun", "not installed"),
                                           ("/bin/false", "exit status 1")])
def test_runtime_that_is_none_is_125_and_named(filled_cache, runtime, word):
    result = filled_cache.run("run", "--no-record", "--runtime", runtime, "--", "true").failed(125)
    assert word in result.err and Path(runtime).name in result.err


def test_bubblewrap_without_setpriv_says_what_is_missing(filled_cache):
    result = filled_cache.run("run", "--no-record", "--runtime", "bwrap", "--user", "1000", "--", "true").failed(125)
    assert "setpriv" in result.err and "util-linux" in result.err


def test_bubblewrap_has_no_control_groups_and_says_so(filled_cache):
    assert "control groups" in filled_cache.run("run", "--no-record", "--runtime", "bwrap", "--cpus", "0.5", "--", "true").failed(125).err


@each
def test_device_of_a_gpu_can_be_opened(filled_cache, tmp_path, runtime):
    try:
        os.mknod(tmp_path / "nvidia0", stat.S_IFCHR | 0o666, os.makedev(1, 3))
        open(tmp_path / "nvidia0").close()
    except OSError:
        pytest.skip("no device can be made here")
    (tmp_path / "cdi").mkdir()
    (tmp_path / "cdi/a.json").write_text(json.dumps({
        "cdiVersion": "1.1.0", "kind": "nvidia.com/gpu",
        "devices": [{"name": "0", "containerEdits": {"deviceNodes": [{"path": "/dev/nvidia0", "hostPath": str(tmp_path / "nvidia0")}]}}]}))
    filled_cache.run("run", "--no-record", "--runtime", runtime, "--gpus", "all", "--", "sh", "-c", "echo x > /dev/nvidia0",
                     env={"MLREPRO_CDI_DIR": str(tmp_path / "cdi")}).succeeded()
