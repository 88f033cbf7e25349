"""mlrepro run: the command's own status, what it may see, and the record that stays."""

import json
import os
import subprocess
import time

import pytest

WRITES = "import os\nos.makedirs('output', exist_ok=True)\nopen('output/weights.bin', 'wb').write(bytes(range(256)) * 4)\n"


def script(project, text):
    project.write("train.py", text)
    return project


def shown(project, run="latest"):
    return project.run("runs", "show", run, "--json").succeeded().json()["run"]


def test_run_records_what_it_did(built):
    script(built, WRITES + "print('trained')\n")
    result = built.run("run", "--name", "first").succeeded()
    assert result.out == "trained\n"
    record = shown(built)
    lock = built.lock_document()
    assert record["name"] == "first" and record["exit_status"] == 0
    assert record["command"] == ["python3", "train.py"] and record["workdir"] == "/app"
    assert record["image"] == lock["image"]["digest"]
    assert record["lock_id"] == built.run("lock", "--json").json()["lock_id"]
    assert [(file["path"], file["size"]) for file in record["outputs"]] == [("output/weights.bin", 1024)]
    assert record["missing_outputs"] == [] and record["log"] == "trained\n"
    assert record["host"]["cpus"] == len(os.sched_getaffinity(0)) or record["host"]["cpus"] == os.cpu_count()


def test_failing_training_comes_through_and_is_recorded(built):
    script(built, "import sys\nprint('diverged', file=sys.stderr)\nsys.exit(42)\n")
    result = built.run("run").failed(42)
    assert "diverged" in result.err
    record = shown(built)
    assert record["exit_status"] == 42 and "diverged" in record["log"]


def test_signal_death_is_128_and_the_signal(built):
    script(built, "import os, signal\nsignal.signal(signal.SIGTERM, signal.SIG_DFL)\nos.kill(os.getpid(), 9)\n")
    result = built.run("run", "--", "sh", "-c", "python3 train.py; exit $?")
    assert result.status == 137
    assert shown(built)["exit_status"] == 137


def test_output_missing_after_the_run_is_told_and_recorded(built):
    script(built, "print('forgot to save')\n")
    result = built.run("run").succeeded()
    assert "output/**" in result.err
    assert shown(built)["missing_outputs"] == ["output/**"]
    checks = {check["name"]: check for check in built.run("verify", "--run", "latest", "--json").failed(1).json()["checks"]}
    assert any(check["status"] == "fail" and "output/**" in check["detail"] for check in checks.values())


def test_wheels_entry_points_and_packages_are_there(built):
    assert built.run("run", "--", "tool").succeeded().out == "tool runs\n"
    assert built.run("run", "--", "python3", "-c", "import alpha, beta; print(alpha.VERSION, beta.VERSION)").out == "2.0 2.0\n"


def test_network_is_off(built, world):
    code = f"import urllib.request as u; u.urlopen('{world.server.url}/debian/dists/tiny/InRelease', timeout=3)"
    assert built.run("run", "--", "python3", "-c", code).status == 1
    assert world.server.log == []
    built.run("run", "--network", "host", "--", "python3", "-c", code).succeeded()
    assert len(world.server.log) == 1


def test_environment_and_workdir(built):
    (built.folder / "variables").write_text("# a comment\nFROM_FILE=1\nBOTH=file\n")
    code = "import os; print(os.getcwd(), *(os.environ.get(n) for n in ['FROM_FILE', 'BOTH', 'PASSED', 'HOME_OF_OURS']))"
    result = built.run("run", "--env-file", "variables", "-e", "BOTH=option", "-e", "PASSED", "-w", "/tmp", "--", "python3",
                       "-c", code, env={"PASSED": "on", "HOME_OF_OURS": "secret"}).succeeded()
    assert result.out == "/tmp 1 option on None\n"


def test_mounts_are_as_asked(built):
    (built.folder / "data").mkdir()
    (built.folder / "data/a").write_text("seen")
    assert built.run("run", "-v", "./data:/data:ro", "--", "sh", "-c", "cat /data/a").succeeded().out == "seen"
    result = built.run("run", "-v", "./data:/data:ro", "--", "sh", "-c", "echo x > /data/b")
    assert result.status != 0 and not (built.folder / "data/b").exists()
    built.run("run", "-v", "./data:/data", "--", "sh", "-c", "echo x > /data/b").succeeded()
    assert (built.folder / "data/b").read_text() == "x\n"


def test_environment_cannot_be_changed_by_a_run(built):
    built.run("run", "--", "sh", "-c", "echo spoiled > /etc/spoiled; rm -f /usr/bin/grep; true").succeeded()
    assert built.run("run", "--", "sh", "-c", "test ! -e /etc/spoiled && test -e /usr/bin/grep").succeeded()
    assert built.run("run", "--read-only", "--", "sh", "-c", "echo x > /etc/spoiled").status != 0


def test_missing_mount_is_125_and_named(built):
    result = built.run("run", "-v", "./nowhere:/data", "--", "true").failed(125)
    assert "nowhere" in result.err


@pytest.mark.parametrize("environment", [{"MLREPRO_OCI_RUNTIME": "/nonexistent"}, {"MLREPRO_OCI_RUNTIME": "crun", "PATH": "/nonexistent"}])
def test_no_container_runtime_is_125_and_told(built, environment):
    result = built.run("run", "--", "true", env=environment).failed(125)
    assert "runtime" in result.err and "hint" in result.err


def test_command_not_found_is_127_and_not_executable_126(built):
    assert "no-such-program" in built.run("run", "--", "no-such-program").failed(127).err
    built.run("run", "--", "/etc/passwd").failed(126)


def test_run_without_lock_is_125(project):
    project.manifest(command=["true"])
    project.run("run").failed(125)


def test_no_record_leaves_none(built):
    built.run("run", "--no-record", "--", "true").succeeded()
    assert built.run("runs", "--json").succeeded().json()["runs"] == []
    assert not (built.folder / ".mlrepro").exists()


def test_timeout_stops_it(built):
    begun = time.monotonic()
    result = built.run("run", "--timeout", "1", "--", "sh", "-c", "sleep 60")
    assert result.status != 0 and time.monotonic() - begun < 20


def test_killed_run_leaves_a_row_without_status(built):
    script(built, "import time\nprint('begun', flush=True)\ntime.sleep(8)\n")
    process = built.start("run")
    assert process.stdout.readline() == b"begun\n"
    process.kill()
    process.communicate()
    record = shown(built)
    assert record["exit_status"] is None
    checks = built.run("verify", "--run", "latest", "--json").failed(1).json()["checks"]
    assert any("killed" in check["detail"] for check in checks if check["status"] == "fail")


def test_terminate_is_passed_on(built):
    script(built, "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(9))\n"
                  "print('begun', flush=True)\ntime.sleep(30)\n")
    process = built.start("run")
    assert process.stdout.readline() == b"begun\n"
    process.terminate()
    process.communicate(timeout=20)
    assert process.returncode == 9
    assert shown(built)["exit_status"] == 9


def test_source_commit_and_dirty_state_are_recorded(built):
    git = ["git", "-C", built.folder, "-c", "user.name=Tests", "-c", "user.email=tests@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    (built.folder / ".gitignore").write_text(".mlrepro/\noutput/\n")
    script(built, WRITES)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-qm", "first"], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    built.run("run").succeeded()
    assert shown(built)["source"] == {"commit": commit, "dirty": False, "diff": None, "remote": ""}
    script(built, WRITES + "# changed\n")
    built.run("run").succeeded()
    source = shown(built)["source"]
    assert source["commit"] == commit and source["dirty"] and source["diff"]


def test_declared_inputs_are_hashed(warm_project):
    project = warm_project
    project.manifest(["python3", "greeting"], ["alpha", "tool"], ["sh", "-c", "cat data/a > output/b"], ["output/*"],
                     '[[data]]\npath = "data"\n')
    project.write("data/a", "input")
    project.run("lock").succeeded()
    project.run("run").succeeded()
    record = shown(project)
    assert [file["path"] for file in record["inputs"]] == ["data/a"]
    assert [file["path"] for file in record["outputs"]] == ["output/b"]


def test_runs_are_found_by_name_prefix_and_age(built):
    for name in ("one", "two"):
        built.run("run", "--name", name, "--", "true").succeeded()
    runs = built.run("runs", "list", "--json").succeeded().json()["runs"]
    assert [run["name"] for run in runs] == ["two", "one"]
    assert shown(built, "latest~1")["name"] == "one"
    assert shown(built, runs[1]["id"][:12])["name"] == "one"
    assert shown(built, "two")["id"] == runs[0]["id"]
    error = built.run("runs", "show", "tow", "--json").failed(2).json()["error"]
    assert error["code"] == "no-run" and "two" in error["hint"]
    text = built.run("runs").succeeded().out
    assert "one" in text and "two" in text


def test_name_that_is_taken_is_refused(built):
    built.run("run", "--name", "one", "--", "true").succeeded()
    assert "one" in built.run("run", "--name", "one", "--", "true").failed(125).err


def test_record_is_the_same_without_the_database(built):
    script(built, WRITES)
    built.run("run").succeeded()
    record = built.run("runs", "show", "--json").succeeded().out
    (built.folder / "record.json").write_text(record)
    (built.folder / ".mlrepro/records.db").unlink()
    built.run("verify", "--run", "record.json", "--json").succeeded()
    changed = json.loads(record)
    changed["run"]["outputs"][0]["sha256"] = "0" * 64
    (built.folder / "record.json").write_text(json.dumps(changed))
    built.run("verify", "--run", "record.json", "--json").failed(1)
