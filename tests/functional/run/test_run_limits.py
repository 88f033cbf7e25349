"""--ulimit, --memory and --cpus: docker's words, and a clear no where the kernel's control groups cannot be had."""

import json
import os
import resource

import pytest

EATS = "b = b'x' * 300_000_000; print(len(b))"


def run(project, *options, command=("true",), **settings):
    return project.run("run", "--no-record", *options, "--", *command, **settings)


@pytest.mark.parametrize("runtime", ["crun", "runc"])
def test_ulimits_are_those_asked_for(filled_cache, runtime):
    result = run(filled_cache, "--ulimit", "nofile=100", "--ulimit", "core=0", "--ulimit", "fsize=1048576:2097152",
                 "--ulimit", "nofile=128:256", command=["cat", "/proc/self/limits"],
                 env={"MLREPRO_OCI_RUNTIME": runtime}).succeeded()
    limits = {line[:26].strip(): line[26:].split()[:2] for line in result.out.splitlines()}
    assert limits["Max open files"] == ["128", "256"] and limits["Max core file size"] == ["0", "0"]
    assert limits["Max file size"] == ["1048576", "2097152"]
    assert int(limits["Max processes"][1].replace("unlimited", "-1")) == resource.getrlimit(resource.RLIMIT_NPROC)[1]


@pytest.mark.parametrize("option, word", [
    ("--ulimit=nofile", "--ulimit nofile"), ("--ulimit=nofiles=3", "nofile,"), ("--ulimit=nofile=a", '"a"'),
    ("--ulimit=nofile=3:2", "above the hard"), ("--ulimit=nofile=-1:5", "above the hard"), ("--ulimit=nofile=", "no number"),
    ("--memory=1m", "6m"), ("--memory=lots", "lots"), ("--cpus=0", "--cpus 0"), ("--cpus=100000", "100000"),
    ("--cpus=two", "two"), ("--cpus=nan", "nan"), ("--cpus=1e9999", "1e9999"),
])
def test_limits_that_make_no_sense_are_125_and_named(filled_cache, option, word):
    result = run(filled_cache, option).failed(125)
    assert word in result.err and result.out == ""


def test_hard_limit_above_ours_is_refused_before_anything_starts(filled_cache):
    # Without CAP_SYS_RESOURCE, as setpriv leaves it.
    result = run(filled_cache, "--ulimit", "nofile=1024:8192",
                 prefix=["prlimit", "--nofile=1024:4096", "setpriv", "--bounding-set=-sys_resource"])
    assert "nofile" in result.failed(125).err and "4096" in result.err


def test_limits_are_recorded_and_replayed(built):
    built.manifest(["python3", "greeting"], ["alpha", "tool"], ["sh", "-c", "ulimit -Sn > output/n; ulimit -Hn >> output/n"],
                   ["output/**"])
    built.run("run", "--name", "limited", "--ulimit", "nofile=100:200", "--ulimit", "core=0:-1").succeeded()
    record = built.run("runs", "show", "limited", "--json").succeeded().json()["run"]
    assert record["ulimits"] == ["nofile=100:200", "core=0:-1"] and record["memory"] is None and record["ports"] == []
    assert "nofile=100:200" in built.run("runs", "show", "limited").out
    built.run("verify", "--run", "limited", "--replay").succeeded()
    # Without the limit other bytes come out.
    record["ulimits"] = []
    built.write("record.json", json.dumps({"kind": "run", "version": 1, "run": record}))
    assert "output/n" in built.run("verify", "--run", "record.json", "--replay").failed(1).out
    record["ulimits"] = ["nofile=lots"]
    built.write("record.json", json.dumps({"kind": "run", "version": 1, "run": record}))
    assert "lots" in built.run("verify", "--run", "record.json", "--replay").failed(2).err


def test_memory_is_bounded_or_refused(filled_cache):
    result = run(filled_cache, "--memory", "100m", "--cpus", "0.5", command=["python3", "-c", EATS])
    if result.status == 125:
        assert "control groups" in result.err and "--ulimit" in result.err
    else:
        result.failed(137)
        assert result.out == ""
        run(filled_cache, "-m", "1g", command=["python3", "-c", EATS]).succeeded()


def test_runtime_without_control_groups_is_told(filled_cache, tmp_path):
    program = tmp_path / "crun"
    program.write_text("#!/bin/sh\ncase \"$*\" in\n  *--version*|*cgroup-manager=disabled*) exec /usr/bin/crun \"$@\";;\n"
                       "  *) echo cgroups are not to be had >&2; exit 1;;\nesac\n")
    program.chmod(0o755)
    environment = {"MLREPRO_OCI_RUNTIME": str(program)}
    result = run(filled_cache, "--cpus", "0.5", env=environment).failed(125)
    assert "cannot be limited" in result.err and "cgroups are not to be had" in result.err


def test_cpu_time_is_bounded_or_refused(filled_cache):
    code = "import time; e = time.monotonic() + 1.5\nwhile time.monotonic() < e: pass\nprint(time.process_time())"
    result = run(filled_cache, "--cpus", "0.2", command=["python3", "-c", code])
    if result.status == 125:
        assert "control groups" in result.err
    else:
        assert float(result.succeeded().out) < 0.8


def test_no_group_stays_behind(built):
    built.run("run", "--name", "limited", "--memory", "200m", "--", "true")
    record = built.run("runs", "--json").succeeded().json()["runs"]
    groups = [name for _, folders, _ in os.walk("/sys/fs/cgroup") for name in folders]
    assert not [run["id"] for run in record if f"mlrepro-{run['id']}" in groups]
