"""mlrepro lock where all is well."""

import json
import random

REQUIREMENTS = ["Mixed.Case_Name", "fast", "future", "tool"]


def lock_of(project, *arguments, **options):
    result = project.run("lock", "--json", *arguments, **options).succeeded()
    return result.json(), project.lockfile.read_bytes()


def test_lock_holds_what_was_asked_for_and_why(project, world):
    project.manifest(["python3", "greeting"], REQUIREMENTS)
    answer, _ = lock_of(project)
    lock = project.lock_document()
    os = {package["name"]: package for package in lock["os"]["packages"]}
    assert os["greeting"]["requested"] and os["greeting"]["version"] == "1.5-1"
    assert os["libgreeting"]["required_by"] == ["greeting"] and not os["libgreeting"]["requested"]
    assert "greeting-extras" not in os  # Recommends are off
    assert os["dpkg"]["essential"]
    python = {package["name"]: package for package in lock["python"]["packages"]}
    assert set(python) == {"alpha", "beta", "fast", "future", "mixed-case-name", "tool"}
    assert python["alpha"]["version"] == "2.0"  # not the pre-release
    assert python["alpha"]["requires"] == ["beta>=1"]  # the marker for another system is gone
    assert python["beta"]["required_by"] == ["alpha"]
    assert python["future"]["version"] == "1.0"  # 2.0 wants a newer Python
    assert python["fast"]["file"]["name"] == "fast-1.0-py3-none-any.whl"  # 2.0 has no wheel for this target
    assert lock["os"]["releases"][0]["signed_by"] == [world.key.fingerprint]
    assert answer["os"]["packages"] == len(os) and answer["python"]["packages"] == len(python)
    assert answer["changed"] and answer["network"]["requests"] > 0


def test_second_lock_changes_nothing_asks_nothing_and_says_so(project, world):
    project.manifest(["python3"], REQUIREMENTS)
    first, before = lock_of(project)
    world.server.log.clear()
    second, after = lock_of(project)
    assert after == before
    assert not second["changed"] and second["lock_id"] == first["lock_id"] and second["changes"] == []
    assert second["network"] == {"requests": 0, "bytes": 0}
    assert world.server.log == []
    assert "up to date" in project.run("lock").out


def test_same_bytes_in_another_folder_with_another_cache(project):
    project.manifest(["python3", "greeting"], REQUIREMENTS)
    other = project.sibling("elsewhere")
    other.environment.update(TZ="Asia/Tokyo", LC_ALL="C", HOME="/nonexistent")
    assert lock_of(project)[1] == lock_of(other)[1]


def test_same_bytes_from_html_and_from_json_index(project, world):
    project.manifest(["python3"], REQUIREMENTS)
    other = project.sibling("elsewhere")
    assert lock_of(project, env={"PIP_INDEX_URL": world.index.html})[1] == \
        lock_of(other, env={"PIP_INDEX_URL": world.index.json})[1]


def test_same_bytes_whether_metadata_comes_by_sidecar_or_from_the_wheel(project, world):
    project.manifest(["python3"], ["alpha"])
    other = project.sibling("elsewhere")
    assert lock_of(project)[0]["python"]["packages"] == 2
    for files in world.index.projects.values():
        for file in files.values():
            file["metadata"] = None
    world.index.publish()
    world.server.fault(r"\.metadata$", "status", 404)
    lock_of(other)
    assert other.lockfile.read_bytes() == project.lockfile.read_bytes()


def test_order_in_the_manifest_does_not_matter(project):
    packages, requirements = ["python3", "greeting", "libgreeting", "grep"], [*REQUIREMENTS, "beta"]
    project.manifest(packages, requirements)
    locks = [lock_of(project)[1]]
    shuffle = random.Random(7)
    for number in range(3):
        shuffle.shuffle(packages)
        shuffle.shuffle(requirements)
        other = project.sibling(f"order-{number}")
        other.lockfile.unlink()
        other.manifest(packages, requirements)
        locks.append(lock_of(other)[1])
    assert len(set(locks)) == 1


def test_order_in_the_index_does_not_matter(project, world):
    project.manifest(["python3"], REQUIREMENTS)
    other = project.sibling("elsewhere")
    lock_of(project)
    for name, files in world.index.projects.items():
        world.index.projects[name] = dict(reversed(files.items()))
    world.index.publish()
    lock_of(other)
    assert other.lockfile.read_bytes() == project.lockfile.read_bytes()


def test_reformatting_the_manifest_is_no_drift(project, world):
    manifest = project.manifest(["python3", "greeting"], ["alpha", "beta"])
    _, before = lock_of(project)
    text = manifest.read_text().replace('["python3", "greeting"]', '[\n  "greeting",  # first\n  "python3",\n]')
    manifest.write_text("# a comment\n" + text)
    world.server.log.clear()
    answer, after = lock_of(project)
    assert after == before and not answer["changed"] and world.server.log == []


def test_existing_pins_stay_when_something_else_is_added(project, world):
    project.manifest(["python3"], ["beta"])
    lock_of(project)
    world.index.add("beta", "3.0")
    world.index.publish()
    project.manifest(["python3"], ["beta", "tool"])
    answer, _ = lock_of(project)
    assert project.versions("python") == {"beta": "2.0", "tool": "1.0"}
    assert [change["name"] for change in answer["changes"]] == ["tool"]
    lock_of(project, "--upgrade")
    assert project.versions("python")["beta"] == "3.0"


def test_upgrade_package_moves_that_one_alone(project, world):
    project.manifest(["python3"], ["beta", "tool"])
    lock_of(project)
    world.index.add("beta", "3.0")
    world.index.add("tool", "2.0")
    world.index.publish()
    answer, _ = lock_of(project, "--upgrade-package", "tool")
    assert answer["changes"] == [{"section": "python", "name": "tool", "before": "1.0", "after": "2.0"}]


def test_dry_run_writes_nothing(project):
    project.manifest()
    answer = project.run("lock", "--dry-run", "--json").succeeded().json()
    assert answer["changed"] and not project.lockfile.exists()


def test_check_needs_no_network_and_names_the_drift(project, world):
    project.manifest(["python3"], ["beta"])
    project.run("lock").succeeded()
    world.server.log.clear()
    answer = project.run("lock", "--check", "--json").succeeded().json()
    assert answer["satisfied"] and answer["drift"] == []
    project.manifest(["python3"], ["beta>=1.5"])
    assert project.run("lock", "--check", "--json").succeeded().json()["satisfied"]
    project.manifest(["python3", "greeting"], ["beta<2"])
    answer = project.run("lock", "--check", "--json").failed(1).json()
    assert not answer["satisfied"]
    told = {(drift["key"], drift["detail"]) for drift in answer["drift"]}
    assert any(key == "os.packages" and "greeting" in detail for key, detail in told)
    assert any(key == "python.requirements" and "beta<2" in detail for key, detail in told)
    assert world.server.log == []


def test_data_is_hashed_and_its_change_is_drift(project):
    project.manifest(extra='[[data]]\npath = "data"\n')
    project.write("data/train.csv", "1,2\n")
    project.write("data/more/test.csv", "3,4\n")
    first, _ = lock_of(project)
    project.write("data/more/test.csv", "3,5\n")
    answer = project.run("lock", "--check", "--json").failed(1).json()
    assert answer["drift"][0]["key"] == "data"
    second, _ = lock_of(project)
    assert second["sections"]["data"] != first["sections"]["data"]
    assert second["sections"]["os"] == first["sections"]["os"]


def test_lock_has_nothing_of_this_machine_in_it(project, world, tmp_path):
    project.manifest(["python3", "greeting"], REQUIREMENTS)
    _, lock = lock_of(project)
    for foreign in (world.server.url, "127.0.0.1", str(tmp_path), str(world.archive.folder)):
        assert foreign.encode() not in lock


def test_exclude_newer_hides_later_uploads(project, world):
    world.index.add("beta", "3.0", uploaded="2026-01-01T00:00:00Z")
    world.index.publish()
    project.manifest(["python3"], ["beta"])
    manifest = project.folder / "mlrepro.toml"
    manifest.write_text('[environment]\nexclude-newer = "2025-06-01T00:00:00Z"\n' + manifest.read_text())
    lock_of(project, env={"PIP_INDEX_URL": world.index.json})
    assert project.lock_document()["python"]["packages"][0]["version"] == "2.0"


def test_python_alone_can_be_locked(project):
    project.write("mlrepro.toml", '[python]\nversion = "3.11"\nrequirements = ["alpha"]\n')
    answer, _ = lock_of(project)
    assert answer["os"]["packages"] == 0 and answer["python"]["packages"] == 2
    assert "os" not in answer["sections"]


def test_lock_is_written_one_package_a_block(project):
    project.manifest(["python3", "greeting"], ["alpha"])
    _, body = lock_of(project)
    text = body.decode()
    assert text.endswith("\n") and json.loads(text)["version"] == 1
    names = [package["name"] for package in json.loads(text)["os"]["packages"]]
    assert names == sorted(names)
    block = next(part for part in text.split("{") if '"name": "greeting"' in part)
    assert len(block.splitlines()) >= 10
