"""One byte, wherever it is: verify exits 1 and names what it is in. And replays that keep off what was recorded."""

import json
import subprocess

import pytest


def failures(project, *arguments):
    answer = project.run("verify", "--json", *arguments).failed(1).json()
    assert answer["verdict"] == "failed"
    return {check["name"]: check["detail"] for check in answer["checks"] if check["status"] == "fail"}


@pytest.mark.parametrize("which", ["InRelease", "Packages"])
def test_flipped_byte_in_the_kept_chain_of_signatures(trained, which):
    release = trained.lock_document()["os"]["releases"][0]
    digest = release["sha256"] if which == "InRelease" else release["indexes"][0]["sha256"]
    trained.flip(trained.blob(digest))
    told = failures(trained, "--lock")
    assert list(told) == ["os-chain"] and (which in told["os-chain"] or release["suite"] in told["os-chain"]), told


@pytest.mark.parametrize("at", range(0, 1000, 90))
def test_flipped_byte_anywhere_in_the_lock(trained, at):
    body = bytearray(trained.lockfile.read_bytes())
    place = len(body) * at // 1000
    body[place] ^= 1
    trained.lockfile.write_bytes(body)
    result = trained.run("verify", "--json")
    # Either it is no lock any more, or it is not the lock of before; it is never good.
    if result.status == 2:
        assert "mlrepro.lock" in result.json()["error"]["message"]
    else:
        assert result.failed(1).json()["verdict"] == "failed"
    assert trained.lockfile.read_bytes() == bytes(body)


@pytest.mark.parametrize("at", [0, -1])
def test_flipped_first_and_last_byte_of_an_output(trained, at):
    size = (trained.folder / "output/weights.bin").stat().st_size
    trained.flip(trained.folder / "output/weights.bin", at % size)
    assert failures(trained) == {"run-outputs": "output/weights.bin changed since the run"}


def test_words_for_people_name_it_too(trained):
    trained.flip(trained.folder / "output/weights.bin")
    result = trained.run("verify").failed(1)
    assert "output/weights.bin" in result.out and "failed" in result.out.splitlines()[-1]


def project_with(filled_cache, project, mounts, outputs, code):
    """A project of its own on the filled cache's image: same lock, other [run]."""
    project.write("train.py", code)
    project.manifest(["python3", "greeting"], ["alpha", "tool"], ["python3", "/app/train.py"], outputs, mounts=mounts)
    project.lockfile.write_bytes(filled_cache.lockfile.read_bytes())
    project.run("run").succeeded()
    return project


WRITES_HERE = "import os\nopen(os.environ.get('TARGET', '/app/output/w'), 'w').write('w' * 100)\n"


@pytest.mark.parametrize("mounts, outputs, target", [
    (["./:/app"], ["output/*"], "/app/output/w"),
    (["./:/app", "./output:/app/output"], ["output/*"], "/app/output/w"),
    (["./:/app:ro", "./model.bin:/model.bin"], ["model.bin"], "/model.bin"),
    (["../:/above", "./:/app:ro"], ["output/*"], "/above/project/output/w"),
])
def test_replay_writes_beside_the_recorded_outputs_whatever_is_mounted(filled_cache, warm_project, mounts, outputs, target):
    project = warm_project
    project.write("model.bin", "before")
    project.write("output/kept.txt", "kept")
    code = f"open({target!r}, 'w').write('w' * 100)\n"
    project_with(filled_cache, project, mounts, outputs, code)
    files = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in project.folder.rglob("*")
             if path.is_file() and ".mlrepro" not in path.parts}
    checks = project.run("verify", "--run", "latest", "--replay", "--json").succeeded().json()["checks"]
    assert next(check for check in checks if check["name"] == "replay")["status"] == "pass"
    assert files == {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in project.folder.rglob("*")
                     if path.is_file() and ".mlrepro" not in path.parts}


def test_replay_has_the_mounts_and_the_user_of_the_run(trained):
    trained.write("other/word", "one")
    code = ("import os; open('/app/output/w', 'w').write(open('/extra/word').read() + str(os.getuid()) "
            "+ str(os.access('/usr', os.W_OK)))")
    trained.run("run", "-v", "./other:/extra:ro", "--read-only", "--shm-size", "1m", "--", "python3", "-c", code).succeeded()
    shown = trained.run("runs", "show", "--json").succeeded().json()["run"]
    assert {"source": "other", "destination": "/extra", "read_only": True} in shown["mounts"]
    assert (shown["user"], shown["shm_size"], shown["read_only"]) == ("", 1 << 20, True)
    trained.run("verify", "--run", "latest", "--replay", "--json").succeeded()
    trained.write("other/word", "two")
    assert "w came out with other bytes" in failures(trained, "--run", "latest", "--replay")["replay"]


def test_replay_writes_nothing_outside_the_project(trained, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    code = "open('/outside/w', 'w').write('w')"
    trained.run("run", "-v", f"{outside}:/outside", "--", "python3", "-c", code).succeeded()
    (outside / "w").unlink()
    assert "exit status" in failures(trained, "--run", "latest", "--replay")["replay"]
    assert list(outside.iterdir()) == []
    # A record that was carried here may not choose what is mounted from outside.
    trained.write("record.json", trained.run("runs", "show", "--json").succeeded().out)
    error = trained.run("verify", "--run", "record.json", "--replay", "--json").failed(2).json()["error"]
    assert error["code"] == "bad-record" and str(outside) in error["message"]


def test_replay_with_the_cache_inside_the_project_ends(filled_cache, warm_project):
    project = warm_project
    project_with(filled_cache, project, ["./:/app"], ["output/*"], WRITES_HERE)
    subprocess.run(["cp", "-al", filled_cache.cache, project.folder / ".cache"], check=True)
    project.run("--cache-dir", ".cache", "verify", "--run", "latest", "--replay", "--json").succeeded()


def test_replay_of_what_is_gone_is_a_failure_not_an_error(trained):
    (trained.folder / "tools").mkdir()
    tool = trained.folder / "tools/tool.sh"
    tool.write_text("#!/bin/sh\necho w > /app/output/w\n")
    tool.chmod(0o755)
    trained.run("run", "--", "/app/tools/tool.sh").succeeded()
    tool.unlink()
    assert "tool.sh" in failures(trained, "--run", "latest", "--replay")["replay"]


def test_inputs_may_be_links_to_where_the_data_lies(warm_project, tmp_path):
    project = warm_project
    (tmp_path / "elsewhere.csv").write_text("1,2\n")
    (project.folder / "data.csv").symlink_to(tmp_path / "elsewhere.csv")
    project.manifest(["python3", "greeting"], ["alpha", "tool"], ["true"], extra='[[data]]\npath = "data.csv"\n')
    project.run("lock").succeeded()
    project.run("run").succeeded()
    project.run("verify", "--run", "latest", "--json").succeeded()
    (tmp_path / "elsewhere.csv").write_text("1,3\n")
    assert "data.csv" in failures(project, "--run", "latest")["run-inputs"]


def test_surroundings_that_fail_are_exit_3_not_an_answer(trained):
    error = trained.run("--cache-dir", "/proc/nowhere", "verify", "--json").failed(3).json()["error"]
    assert error["code"] == "cache" and "/proc/nowhere" in error["message"]


def test_wrong_input_is_exit_2(trained):
    (trained.folder / "mlrepro.toml").write_text("[os\n")
    assert trained.run("verify", "--json").failed(2).json()["error"]["code"] == "bad-toml"
    trained.lockfile.unlink()
    (trained.folder / "mlrepro.toml").write_text('[os]\nsuite = "tiny"\n')
    assert trained.run("verify", "--json").failed(2).json()["error"]["code"] == "no-lock"


def test_record_of_a_run_can_be_carried_without_the_database(trained):
    trained.write("paper/run.json", trained.run("runs", "show", "--json").succeeded().out)
    trained.flip(trained.folder / "output/weights.bin")
    (trained.folder / ".mlrepro/records.db").unlink()
    assert "output/weights.bin" in failures(trained, "--run", "paper/run.json")["run-outputs"]
    assert json.loads((trained.folder / "paper/run.json").read_text())["kind"] == "run"
