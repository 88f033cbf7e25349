"""mlrepro verify: all holds, or it names what does not."""

import json

import pytest

RANDOM_TRAINING = "import os\nopen('output/weights.bin', 'wb').write(os.urandom(64))\n"


def verdict(project, status, *arguments):
    answer = project.run("verify", "--json", *arguments).failed(status).json()
    return answer["verdict"], {check["name"]: check for check in answer["checks"]}


def failures(checks):
    return {name: check["detail"] for name, check in checks.items() if check["status"] == "fail"}


def test_all_holds(trained):
    word, checks = verdict(trained, 0)
    assert word == "verified" and failures(checks) == {}
    passed = {name for name, check in checks.items() if check["status"] == "pass"}
    assert {"lock-canonical", "lock-manifest", "os-chain", "os-files", "python-files", "image", "run-status",
            "run-lock", "run-outputs"} <= passed
    assert all(check["detail"] for check in checks.values())


def test_words_for_people(trained):
    text = trained.run("verify", "--lock").succeeded().out
    assert "verified" in text and "lock-canonical" in text


@pytest.mark.parametrize("section, name, check", [("os", "greeting", "os-files"), ("python", "tool", "python-files")])
def test_flipped_byte_in_a_stored_blob(trained, section, name, check):
    package = next(package for package in trained.lock_document()[section]["packages"] if package["name"] == name)
    trained.flip(trained.blob(package.get("sha256") or package["file"]["sha256"]))
    word, checks = verdict(trained, 1, "--lock")
    assert word == "failed"
    assert name in failures(checks)[check]


def test_flipped_byte_in_an_output(trained):
    trained.flip(trained.folder / "output/weights.bin")
    word, checks = verdict(trained, 1)
    assert word == "failed" and "output/weights.bin" in failures(checks)["run-outputs"]


def test_output_that_is_gone(trained):
    (trained.folder / "output/weights.bin").unlink()
    _, checks = verdict(trained, 1, "--run", "latest")
    assert "output/weights.bin" in failures(checks)["run-outputs"]


def test_flipped_digit_in_the_lock(trained):
    text = trained.lockfile.read_text()
    package = next(package for package in trained.lock_document()["os"]["packages"] if package["name"] == "greeting")
    digest = package["sha256"]
    flipped = ("0" if digest[5] != "0" else "1").join([digest[:5], digest[6:]])
    trained.lockfile.write_text(text.replace(digest, flipped))
    word, checks = verdict(trained, 1)
    assert word == "failed" and "greeting" in json.dumps(failures(checks))


def test_version_edited_by_hand(trained):
    text = trained.lockfile.read_text()
    trained.lockfile.write_text(text.replace('"version": "1.5-1"', '"version": "1.6-1"'))
    word, checks = verdict(trained, 1)
    assert word == "failed" and "greeting" in json.dumps(failures(checks))


def test_lock_reformatted_by_hand_is_named(trained):
    trained.lockfile.write_text(json.dumps(json.loads(trained.lockfile.read_text())))
    _, checks = verdict(trained, 1, "--lock")
    assert "mlrepro.lock" in failures(checks)["lock-canonical"]


def test_image_digest_edited_by_hand(trained):
    lock = json.loads(trained.lockfile.read_text())
    digest = lock["image"]["digest"]
    edited = digest[:-1] + ("0" if digest[-1] != "0" else "1")
    trained.lockfile.write_text(trained.lockfile.read_text().replace(digest, edited))
    _, checks = verdict(trained, 1, "--image")
    assert digest in failures(checks)["image"]


def test_manifest_that_moved_on(trained):
    manifest = trained.folder / "mlrepro.toml"
    manifest.write_text(manifest.read_text().replace('"greeting"', '"grep"'))
    _, checks = verdict(trained, 1, "--lock")
    assert "grep" in failures(checks)["lock-manifest"]


def test_run_of_another_lock(trained):
    manifest = trained.folder / "mlrepro.toml"
    manifest.write_text(manifest.read_text().replace('"alpha"', '"beta"'))
    trained.run("lock").succeeded()
    _, checks = verdict(trained, 1, "--run", "latest")
    assert "run-lock" in failures(checks)


def test_replay_gives_the_same_bytes_and_leaves_the_outputs_alone(trained):
    before = (trained.folder / "output/weights.bin").stat().st_mtime_ns
    _, checks = verdict(trained, 0, "--run", "latest", "--replay")
    assert checks["replay"]["status"] == "pass"
    assert (trained.folder / "output/weights.bin").stat().st_mtime_ns == before
    assert len(trained.run("runs", "--json").json()["runs"]) == 1


def test_replay_of_a_run_with_chance_in_it_fails_and_names_the_file(built):
    built.write("train.py", RANDOM_TRAINING)
    built.run("run").succeeded()
    _, checks = verdict(built, 1, "--run", "latest", "--replay")
    assert "output/weights.bin" in failures(checks)["replay"]


def test_failed_run_is_not_verified(built):
    built.write("train.py", "raise SystemExit(3)\n")
    built.run("run").failed(3)
    _, checks = verdict(built, 1)
    assert "3" in failures(checks)["run-status"]


def test_never_built_is_not_verified(project):
    project.manifest(["python3"])
    project.run("lock").succeeded()
    word, checks = verdict(project, 1)
    assert word == "not-verified" and checks["image"]["status"] == "skipped"


def test_cold_cache_is_filled_from_the_archives(trained):
    other = trained.sibling("elsewhere")
    assert verdict(other, 0, "--lock")[0] == "verified"


def test_offline_with_a_cold_cache_is_not_verified(trained):
    other = trained.sibling("elsewhere")
    answer = other.run("--offline", "verify", "--lock", "--json")
    assert answer.status == 1 and answer.json()["verdict"] != "verified"


def test_locked_data_that_changed(built):
    manifest = built.folder / "mlrepro.toml"
    manifest.write_text(manifest.read_text() + '[[data]]\npath = "data.csv"\n')
    built.write("data.csv", "1,2\n")
    built.run("lock").succeeded()
    assert verdict(built, 0, "--lock")[1]["data"]["status"] == "pass"
    built.write("data.csv", "1,3\n")
    assert "data.csv" in failures(verdict(built, 1, "--lock")[1])["data"]


def test_run_that_does_not_exist(built):
    assert built.run("verify", "--run", "nothing", "--json").failed(2).json()["error"]["code"] == "no-run"


@pytest.mark.parametrize("text", ["{}", "[]", "not json", '{"kind": "run", "version": 2}',
                                  '{"kind": "run", "version": 1, "run": {}}'])
def test_record_file_that_is_none(built, text):
    built.write("record.json", text)
    built.run("verify", "--run", "record.json", "--json").failed(2).json()


def test_record_that_reaches_outside_the_project_is_refused(trained):
    record = json.loads(trained.run("runs", "show", "--json").out)
    record["run"]["outputs"][0]["path"] = "../../etc/passwd"
    trained.write("record.json", json.dumps(record))
    assert trained.run("verify", "--run", "record.json", "--json").failed(2).json()["error"]["code"] == "bad-record"
