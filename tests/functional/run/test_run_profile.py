"""What a command may do in the container: what docker's default profile leaves it, and no more."""

import errno
import json
from pathlib import Path

import pytest

# Numbers of x86_64 and aarch64; none of these calls does anything with such arguments even where it is allowed.
CALLS = {
    "unshare": (272, 97), "mount": (165, 40), "umount2": (166, 39), "setns": (308, 268), "pivot_root": (155, 41),
    "reboot": (169, 142), "kexec_load": (246, 104), "swapon": (167, 224), "swapoff": (168, 225), "keyctl": (250, 219),
    "add_key": (248, 217), "request_key": (249, 218), "bpf": (321, 280), "init_module": (175, 105),
    "delete_module": (176, 106), "settimeofday": (164, 170), "acct": (163, 89), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "open_by_handle_at": (304, 265), "perf_event_open": (298, 241), "syslog": (103, 116),
    "get_mempolicy": (239, 236), "clone3": (435, 435), "fsopen": (430, 430), "quotactl": (179, 60),
}
PROBE = r"""
import ctypes, json, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *words):
    words = [ctypes.c_long(word) for word in words]
    ctypes.set_errno(0)
    return 0 if libc.syscall(ctypes.c_long(number), *words) >= 0 else ctypes.get_errno()
arm = os.uname().machine == "aarch64"
calls = json.loads(sys.argv[1])
told = {name: call(numbers[arm], -1, -1, -1, -1, -1) for name, numbers in calls.items()}
clone, personality, ptrace = (220, 92, 117) if arm else (56, 135, 101)
told["clone of a user namespace"] = call(clone, 0x10000000 | 17, 0, 0, 0, 0)
told["personality 0xffffffff"] = call(personality, 0xffffffff)
told["personality ADDR_NO_RANDOMIZE"] = call(personality, 0x0040000)
try:
    socket.socket(40, socket.SOCK_STREAM)
    told["vsock"] = 0
except OSError as error:
    told["vsock"] = error.errno
child = os.fork()
if child == 0:
    os._exit(0 if call(ptrace, 0, 0, 0, 0) == 0 else 1)
told["ptrace"] = os.waitpid(child, 0)[1]
def size(path):
    try:
        return len(open(path, "rb").read(64))
    except FileNotFoundError:
        return 0
    except OSError as error:
        return errno_name(error)
def errno_name(error):
    return error.strerror
def writes(path):
    try:
        open(path, "r+b").close()
        return True
    except OSError:
        return False
status = dict(line.rstrip("\n").split(":\t", 1) for line in open("/proc/self/status") if ":\t" in line)
print(json.dumps({
    "calls": told, "status": status,
    "masked": {path: size(path) for path in ("/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/interrupts")},
    "folders": {path: os.listdir(path) if os.path.isdir(path) else [] for path in ("/sys/firmware", "/proc/acpi", "/proc/scsi")},
    "writable": [path for path in ("/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/sys/kernel/profiling") if writes(path)],
}))
"""
DEFAULT_CAPABILITIES = 0xA80425FB  # docker's, as its containers show them


@pytest.fixture(scope="module", params=["crun", "runc", "bwrap"])
def probed(request, tmp_path_factory, filled_cache):
    def probe(*options):
        result = filled_cache.run("run", "--no-record", *options, "--", "python3", "-c", PROBE, json.dumps(CALLS),
                                  env={"MLREPRO_OCI_RUNTIME": request.param}).succeeded()
        return json.loads(result.out)

    return probe


@pytest.fixture(scope="module")
def root(probed):
    return probed()


def test_calls_that_change_the_machine_are_refused(root):
    told = root["calls"]
    refused = {name: told[name] for name in CALLS if name != "clone3"}
    assert refused == {name: errno.EPERM for name in refused}
    assert told["clone of a user namespace"] == errno.EPERM and told["vsock"] == errno.EPERM
    assert told["personality ADDR_NO_RANDOMIZE"] == errno.EPERM
    # The C library falls back to clone only where the call does not seem to exist.
    assert told["clone3"] == errno.ENOSYS


def test_calls_that_debuggers_need_are_not(root):
    assert root["calls"]["ptrace"] == 0 and root["calls"]["personality 0xffffffff"] == 0


def test_privileges_are_dockers_and_no_new_ones_are_gained(root):
    status = root["status"]
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"
    for held in ("CapBnd", "CapEff", "CapPrm"):
        assert int(status[held], 16) == DEFAULT_CAPABILITIES, held
    # bubblewrap leaves root what root has anyway; setuid(2) takes it away.
    for held in ("CapInh", "CapAmb"):
        assert int(status[held], 16) in (0, DEFAULT_CAPABILITIES), held


def test_another_user_has_no_capability_in_effect(probed):
    setpriv = [Path("/usr/bin/setpriv"), *Path("/").glob("lib/*-linux-gnu/libcap-ng.so.0")]
    mounts = [word for file in setpriv for word in ("-v", f"{file.resolve()}:{file}:ro")]
    status = probed("--user", "1000:1000", *mounts)["status"]
    assert int(status["CapEff"], 16) == 0 and int(status["CapPrm"], 16) == 0
    assert int(status["CapBnd"], 16) == DEFAULT_CAPABILITIES
    assert status["Uid"].split() == ["1000"] * 4


def test_paths_that_tell_of_the_machine_are_masked_or_read_only(root):
    assert set(root["masked"].values()) == {0}
    assert all(entries == [] for entries in root["folders"].values())
    assert root["writable"] == []


def test_a_filter_that_was_kept_and_is_damaged_is_made_anew(built):
    kept = built.cache / "run/filter"
    command = ["run", "--no-record", "--", "python3", "-c", "print(open('/proc/self/status').read())"]
    environment = {"MLREPRO_OCI_RUNTIME": "crun"}
    built.run(*command, env=environment).succeeded()
    made = kept.read_bytes()
    allows_all = (0x06).to_bytes(4, "little") + (0x7FFF0000).to_bytes(4, "little")  # BPF_RET, SECCOMP_RET_ALLOW
    for damaged in (b"", made[:-8], made[: made.index(b"\n") + 1] + allows_all, made.replace(b"-filter 1 ", b"-filter 0 ")):
        kept.unlink()
        kept.write_bytes(damaged)
        assert "Seccomp:\t2" in built.run(*command, env=environment).succeeded().out
        assert kept.read_bytes() == made
