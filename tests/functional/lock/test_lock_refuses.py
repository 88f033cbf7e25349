"""Wrong input, and surroundings that fail: the exit status, the words, and a previous lock that stays whole."""

import json

import pytest


def refused(project, status, *arguments, **options):
    result = project.run("lock", "--json", *arguments, **options).failed(status)
    return result.json()["error"]


def test_unknown_key_names_key_line_and_the_nearest(project):
    project.write("mlrepro.toml", '[os]\nsuite = "tiny"\npackges = ["python3"]\n')
    error = refused(project, 2)
    assert error["code"] == "unknown-key"
    for part in ("packges", "mlrepro.toml:3", "did you mean \"packages\""):
        assert part in error["message"] + error["hint"]
    assert not project.lockfile.exists()


def test_unknown_key_leaves_the_previous_lock(project):
    manifest = project.manifest(["python3"], ["beta"])
    project.run("lock").succeeded()
    before = project.lockfile.read_bytes()
    manifest.write_text(manifest.read_text().replace("requirements", "requirement"))
    for arguments in (["lock"], ["lock", "--check"], ["build"], ["verify"]):
        error = project.run(*arguments, "--json").failed(2).json()["error"]
        assert error["code"] == "unknown-key" and "requirements" in error["hint"]
    assert "requirement" in project.run("run").failed(125).err
    assert project.lockfile.read_bytes() == before


@pytest.mark.parametrize("text, part", [
    ('[os]\nsuite = 3\n', "suite"), ('[os\nsuite = "tiny"\n', "mlrepro.toml"), ("", "[os]"),
    ('[os]\nsuite = "tiny"\nbase = "everything"\n', "base"),
    ('[os]\nsuite = "tiny"\n[run]\nmounts = ["nowhere"]\n', "nowhere"),
])
def test_wrong_manifest_is_exit_2(project, text, part):
    project.write("mlrepro.toml", text)
    error = refused(project, 2)
    assert part in error["message"] + error["hint"]


def test_package_that_does_not_exist_suggests_the_nearest(project):
    project.manifest(["python3", "greetting"])
    conflict = project.run("lock", "--json").failed(1).json()["conflicts"][0]
    assert "greetting" in conflict["message"]
    assert "greeting" in conflict["suggestion"]
    words = project.run("lock").failed(1).out
    assert "greetting" in words and "greeting" in words.replace("greetting", "")
    assert not project.lockfile.exists()


def test_debian_relation_that_cannot_be_met_tells_the_chain(project):
    project.manifest(["python3", "broken-needs"])
    conflict = project.run("lock", "--json").failed(1).json()["conflicts"][0]
    told = json.dumps(conflict)
    assert "broken-needs" in told and "libgreeting" in told and ">= 3" in told


def test_packages_that_exclude_each_other(project):
    project.manifest(["python3", "enemy", "greeting"])
    told = json.dumps(project.run("lock", "--json").failed(1).json()["conflicts"])
    assert "enemy" in told and "greeting" in told


def test_python_conflict_tells_the_chain_in_words(project):
    project.manifest(["python3"], ["gamma", "delta"])
    result = project.run("lock", "--json").failed(1)
    chain = [link for conflict in result.json()["conflicts"] for link in conflict["chain"]]
    told = json.dumps(chain)
    for part in ("gamma", "delta", "beta<1.5", "beta>=2"):
        assert part in told, told
    words = project.run("lock").failed(1).out
    assert "gamma" in words and "beta" in words
    assert not project.lockfile.exists()


def test_python_project_that_no_index_has(project):
    project.manifest(["python3"], ["no-such-project"])
    conflict = project.run("lock", "--json").failed(1).json()["conflicts"][0]
    assert "no-such-project" in conflict["message"]


def test_python_version_that_does_not_exist(project):
    project.manifest(["python3"], ["beta==7"])
    told = json.dumps(project.run("lock", "--json").failed(1).json())
    assert "beta==7" in told


def test_requirement_that_is_none(project):
    project.manifest(["python3"], ["beta=>7"])
    assert "beta=>7" in refused(project, 2)["message"]


@pytest.mark.parametrize("at", [70, 120, 250, -200])
def test_tampered_inrelease(project, world, at):
    project.manifest()
    project.run("lock").succeeded()
    before = project.lockfile.read_bytes()
    world.server.fault(r"/InRelease$", "flip", at=at)
    error = refused(project, 2, "--upgrade")
    assert error["code"] == "signature" and "InRelease" in error["message"]
    assert project.lockfile.read_bytes() == before
    other = project.sibling("fresh")
    other.lockfile.unlink()
    assert refused(other, 2)["code"] == "signature" and not other.lockfile.exists()


def test_inrelease_signed_by_another_key(project, world, tmp_path):
    from world.debian_archive import SigningKey
    from world.server import Content

    stranger = SigningKey(tmp_path / "stranger", "A stranger")
    path = "/debian/dists/tiny/InRelease"
    world.server.content[path] = Content(stranger.clearsign(world.archive.release))
    stranger.close()
    project.manifest()
    assert refused(project, 2)["code"] == "signature"


def test_inrelease_without_signature(project, world):
    from world.server import Content

    world.server.content["/debian/dists/tiny/InRelease"] = Content(world.archive.release.encode())
    project.manifest()
    assert refused(project, 2)["code"] == "signature"


def test_expired_release(project, world):
    world.archive.publish(extra="Valid-Until: Sun, 02 Mar 2025 08:00:00 UTC\n")
    project.manifest()
    assert refused(project, 2)["code"] == "expired"


def test_tampered_packages_file(project, world):
    project.manifest()
    world.server.fault(r"Packages|by-hash", "flip", at=200)
    assert refused(project, 2)["code"] == "hash-mismatch"


def test_tampered_metadata_sidecar_enters_no_lock(project, world):
    project.manifest(["python3"], ["alpha"])
    world.server.fault(r"\.metadata$", "flip", at=30)
    result = project.run("lock", "--json")
    # Either it is refused, or the wheel itself is read instead; a wrong lock is never written.
    if result.status == 0:
        assert [package["name"] for package in project.lock_document()["python"]["packages"]] == ["alpha", "beta"]
    else:
        assert result.failed(2).json()["error"]["code"] == "hash-mismatch"


@pytest.mark.parametrize("break_it, code", [
    (lambda text: text.replace('"version": 1,', '"version": 2,', 1), "lock-version"),
    (lambda text: text[: len(text) // 2], "bad-lock"),
    (lambda text: "", "bad-lock"),
    (lambda text: text.replace('"size": ', '"size": -', 1), "bad-lock"),
    (lambda text: text.replace('"architecture"', '"architekture"', 1), "bad-lock"),
    (lambda text: "<<<<<<< ours\n" + text, "bad-lock"),
])
def test_lock_that_is_none_is_left_alone(project, break_it, code):
    project.manifest(["python3"], ["beta"])
    project.run("lock").succeeded()
    broken = break_it(project.lockfile.read_text())
    project.lockfile.write_text(broken)
    for arguments in (["lock"], ["lock", "--check"], ["build"], ["verify"]):
        error = project.run(*arguments, "--json").failed(2).json()["error"]
        assert error["code"] == code
        assert "mlrepro.lock" in error["message"]
    assert project.lockfile.read_text() == broken


def test_no_network(project):
    project.manifest()
    dead = "http://127.0.0.1:9"
    sources = project.folder / "apt/sources.list.d"
    sources.mkdir(parents=True)
    text = (project.world.archive.apt / "sources.list.d/tests.sources").read_text()
    (sources / "tests.sources").write_text(text.replace(project.world.server.url, dead))
    error = refused(project, 3, env={"MLREPRO_APT_DIR": str(project.folder / "apt")})
    assert error["code"] == "network" and "127.0.0.1" in error["message"]


def test_no_python_index_reachable(project):
    project.manifest(["python3"], ["beta"])
    error = refused(project, 3, env={"PIP_INDEX_URL": "http://127.0.0.1:9/simple"})
    assert error["code"] == "network"


def test_offline_asks_nobody(project, world):
    project.manifest()
    error = refused(project, 3, "--offline")
    assert error["code"] == "offline"
    assert world.server.log == []


def test_offline_lock_that_satisfies_is_fine(project):
    project.manifest()
    project.run("lock").succeeded()
    project.run("--offline", "lock").succeeded()


def test_offline_lock_is_made_from_what_is_kept(project, world):
    project.manifest(["python3"], ["beta"])
    project.run("lock").succeeded()
    before = project.lockfile.read_bytes()
    project.lockfile.unlink()
    world.server.log.clear()
    project.run("--offline", "lock").succeeded()
    assert world.server.log == []
    assert project.lockfile.read_bytes() == before
    project.lockfile.unlink()
    project.run("lock").succeeded()
    assert project.lockfile.read_bytes() == before
    asked = world.server.requests("/InRelease$|/simple/")
    assert asked and all(request.same for request in asked)


def test_failed_lock_leaves_the_previous_one(project):
    project.manifest(["python3"], ["beta"])
    project.run("lock").succeeded()
    before = project.lockfile.read_bytes()
    project.manifest(["python3"], ["beta", "no-such-project"])
    project.run("lock").failed(1)
    elsewhere = {"MLREPRO_CACHE_DIR": str(project.folder / "empty")}
    project.run("--offline", "lock", "--upgrade", env=elsewhere).failed(3)
    assert project.lockfile.read_bytes() == before


def test_suite_that_no_source_has(project):
    project.write("mlrepro.toml", '[os]\nsuite = "huge"\n')
    error = refused(project, 3)
    assert error["code"] in ("no-os-index", "http-status") and "huge" in error["message"]


def test_connection_cut_in_the_middle_is_tried_again(project, world):
    project.manifest(["python3"], ["alpha"])
    world.server.fault(r"Packages|by-hash", "cut", at=500, times=1)
    world.server.fault(r"/simple/beta/", "cut", at=20, times=1)
    project.run("lock").succeeded()


def test_server_trouble_that_passes_is_survived(project, world):
    project.manifest(["python3"], ["alpha"])
    world.server.fault(r"/simple/alpha/", "status", at=503, times=1)
    project.run("lock").succeeded()


def test_short_answer_is_no_lock(project, world):
    project.manifest()
    world.server.fault(r"Packages|by-hash", "short", at=300)
    error = refused(project, 2)
    assert error["code"] == "hash-mismatch"


def test_data_that_is_missing(project):
    project.manifest(extra='[[data]]\npath = "data/none.csv"\n')
    error = refused(project, 2)
    assert error["code"] == "data-missing" and "data/none.csv" in error["message"]
