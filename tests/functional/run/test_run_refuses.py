"""mlrepro run with wrong input, and where no container starts: 125 and words, and no record of what never was."""

import os

import pytest


def runs(project):
    return project.run("runs", "list", "--json").succeeded().json()["runs"]


@pytest.mark.parametrize("options, code", [
    (["-v", "output"], "-v output"), (["-v", "./output:data"], "-v ./output:data"), (["-v", "./output:/"], "-v ./output:/"),
    (["-v", "./output:/data:z"], "-v ./output:/data:z"), (["-v", "C:\\data:/data"], "-v C:\\data:/data"),
    (["-v", "./output:/data", "-v", "/etc:/data/"], "two mounts want /data"),
    (["-w", "app"], "working folder app"), (["-e", "=x"], "-e =x"), (["-e", os.fsdecode(b"A=\xff")], "-e A"),
    (["--user", "me"], "--user me"), (["--shm-size", "1.5g"], "--shm-size 1.5g"), (["--timeout", "0"], "--timeout"),
    (["--timeout", "-3"], "--timeout"), (["--timeout", "soon"], "soon"), (["--name", "latest"], "--name latest"), (["--name", "a\nb"], "--name"),
    (["--name", "../a"], "--name ../a"), (["--network", "bridge"], "bridge"), (["--env-file", "nowhere"], "nowhere"),
    (["--bogus"], "--bogus"),
])
def test_wrong_option_is_125_and_named(built, options, code):
    result = built.run("run", *options, "--", "true").failed(125)
    assert code in result.err and result.out == ""
    assert runs(built) == []


def test_wrong_line_of_an_env_file_is_named(built):
    (built.folder / "variables").write_text("A=1\nexport B=2\n")
    assert "variables:2" in built.run("run", "--env-file", "variables", "--", "true").failed(125).err
    assert runs(built) == []


def test_words_that_no_record_can_hold_are_refused(built):
    result = built.run("run", "--", "printf", os.fsdecode(b"\xff")).failed(125)
    assert "UTF-8" in result.err
    assert runs(built) == []


def test_output_that_is_no_text_is_shown_as_it_is_and_recorded(built):
    assert built.run("run", "--", "printf", r"\377\376 bytes\n").succeeded().out == os.fsdecode(b"\xff\xfe bytes\n")
    assert built.run("runs", "show", "--json").succeeded().json()["run"]["log"].endswith(" bytes\n")


@pytest.mark.parametrize("runtime", ["crun", "runc"])
def test_container_that_does_not_start_is_125_and_recorded_so(built, runtime):
    # A folder cannot be mounted over a file.
    result = built.run("run", "-v", "./output:/etc/passwd", "--", "true", env={"MLREPRO_OCI_RUNTIME": runtime}).failed(125)
    assert f"{runtime} " in result.err and "did not start the container" in result.err and "etc/passwd" in result.err
    assert [run["exit_status"] for run in runs(built)] == [125]
    built.run("run", "--", "sh", "-c", "exit 1", env={"MLREPRO_OCI_RUNTIME": runtime}).failed(1)


def test_volume_takes_the_place_of_the_manifests_mount(built):
    (built.folder / "other").mkdir()
    built.run("run", "-v", "./other:/app/output/", "--", "sh", "-c", "echo x > /app/output/a").succeeded()
    assert (built.folder / "other/a").exists() and not (built.folder / "output/a").exists()


def test_volume_is_relative_to_the_folder_of_the_command_line(built):
    built.write("deep/data/a", "seen")
    result = built.run("run", "-v", "data:/data:ro", "--", "cat", "/data/a", cwd=built.folder / "deep").succeeded()
    assert result.out == "seen"


def test_program_in_a_mount_that_links_into_the_image(built):
    (built.folder / "venv").mkdir()
    (built.folder / "venv/python").symlink_to("/usr/bin/python3")
    assert built.run("run", "-v", "./venv:/venv:ro", "--", "/venv/python", "-c", "print(7)").succeeded().out == "7\n"


def test_lock_of_a_newer_version_is_not_run(built):
    built.lockfile.write_text(built.lockfile.read_text().replace('"version": 1,', '"version": 2,', 1))
    before = built.lockfile.read_bytes()
    assert "mlrepro.lock" in built.run("run", "--", "true").failed(125).err
    assert built.lockfile.read_bytes() == before and runs(built) == []


def fake_runtime(folder, name, script):
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text("#!/bin/sh\n" + script)
    program.chmod(0o755)


def test_first_runtime_that_starts_a_container_is_taken(built, tmp_path):
    fake_runtime(tmp_path / "bin", "crun", 'case "$*" in *--version*) echo crun version 0.0.1;; *) echo no way >&2; exit 3;; esac\n')
    path = f"{tmp_path}/bin:{built.environment['PATH']}"
    assert built.run("run", "--", "echo", "ran", env={"PATH": path}).succeeded().out == "ran\n"
    record = built.run("runs", "show", "--json").json()["run"]
    assert record["host"]["runtime"].startswith("runc ")
    # It is remembered: the other is not tried again.
    assert built.run("run", "--", "echo", "again", env={"PATH": path}).succeeded().out == "again\n"


def test_no_runtime_that_works_tells_what_each_said(built, tmp_path):
    for name in ("crun", "runc", "bwrap"):
        fake_runtime(tmp_path / "bin", name,
                     f'case "$*" in *--version*) echo {name} version 0.0.1;; *) echo {name} says no >&2; exit 3;; esac\n')
    result = built.run("run", "--", "true", env={"PATH": f"{tmp_path}/bin:{built.environment['PATH']}"}).failed(125)
    for part in ("no container runtime", "crun says no", "runc says no", "hint"):
        assert part in result.err
    assert runs(built) == []


def test_no_runtime_is_exit_3_for_a_replay(built):
    built.write("train.py", "open('output/weights.bin', 'wb').write(b'w')\n")
    built.run("run").succeeded()
    before = (built.folder / "output/weights.bin").read_bytes()
    result = built.run("verify", "--run", "latest", "--replay", "--json", env={"MLREPRO_OCI_RUNTIME": "/nonexistent"})
    assert result.failed(3).json()["error"]["code"] == "no-runtime"
    assert (built.folder / "output/weights.bin").read_bytes() == before
    assert len(runs(built)) == 1
