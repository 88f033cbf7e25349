"""Several platforms and interpreters in one lock, and the commands that take one of them."""

import json

import pytest
from world.debian_archive import StanzaArchive
from world.python_index import PythonIndex

BOTH = '[environment]\nplatforms = ["linux/arm64", "linux/amd64"]\n'


@pytest.fixture
def archive(world, tmp_path, project):
    archive = StanzaArchive(world.server, world.key, tmp_path)
    for architecture, version in (("amd64", "1"), ("arm64", "2")):
        archive.package("tool", version, architecture=architecture, depends="lib")
        archive.package("lib", version, architecture=architecture)
        archive.package("python3", "3.11.2-1", architecture=architecture, depends="python3.11, libc6")
        archive.package("python3.11", "3.11.2-6", architecture=architecture)
        archive.package("python3.12", "3.12.4-1", architecture=architecture, depends="libc6")
        archive.package("libc6", "2.36-9", architecture=architecture)
    archive.publish(architectures=("amd64", "arm64"))
    project.environment["MLREPRO_APT_DIR"] = str(archive.sources())
    return archive


@pytest.fixture
def index(world, project, request):
    index = PythonIndex(world.server, f"/targets-{request.node.name}")
    index.add("pure", "1.0", requires=['extra-arm; platform_machine == "aarch64"',
                                       'old-only; python_version < "3.12"'])
    for version in ("1.0", "2.0"):
        for machine in ("x86_64", "aarch64"):
            if (version, machine) != ("2.0", "aarch64"):
                index.add("native", version, tag=f"cp311-cp311-manylinux_2_17_{machine}")
    index.add("native", "3.0", tag="cp312-cp312-manylinux_2_17_x86_64")
    for name in ("extra-arm", "old-only"):
        index.add(name, "1.0")
    index.publish()
    project.environment["PIP_INDEX_URL"] = index.html
    return index


def names(section):
    return {package["name"]: package["version"] for package in section["packages"]}


def test_each_platform_is_solved_for_itself(project, archive, index):
    project.write("mlrepro.toml", BOTH + '[os]\nsuite = "stable"\npackages = ["tool", "python3"]\n'
                  '[python]\nrequirements = ["pure", "native"]\n')
    result = project.run("lock", "--json").succeeded()
    document = result.json()
    assert [(target["platform"], target["interpreter"], target["os"], target["python"])
            for target in document["targets"]] == [("linux/amd64", "3.11", 5, 3), ("linux/arm64", "3.11", 5, 4)]
    assert document["os"]["packages"] == 5 and "linux/arm64" in result.err
    lock = project.lock_document()
    assert lock["os"]["architecture"] == "amd64" and names(lock["os"])["tool"] == "1"
    (arm,) = lock["targets"]
    assert arm["platform"] == "linux/arm64" and arm["os"]["architecture"] == "arm64"
    assert names(arm["os"])["tool"] == "2"
    assert names(lock["python"]) == {"native": "2.0", "old-only": "1.0", "pure": "1.0"}
    assert names(arm["python"]) == {"extra-arm": "1.0", "native": "1.0", "old-only": "1.0", "pure": "1.0"}
    assert "aarch64" in arm["python"]["packages"][1]["file"]["name"]
    assert any("aarch64" in tag for tag in arm["python"]["interpreter"]["tags"])
    assert not project.run("lock", "--json").succeeded().json()["changed"]
    project.run("lock", "--check").succeeded()
    assert "linux/arm64 python3.11: 5 OS packages, 4 Python packages" in project.run("lock").out


def test_commands_take_one_target(project, archive, index):
    project.write("mlrepro.toml", BOTH + '[os]\nsuite = "stable"\npackages = ["tool", "python3"]\n'
                  '[python]\nrequirements = ["pure", "native"]\n')
    lock_id = project.run("lock", "--json").succeeded().json()["lock_id"]
    assert "native==2.0" in project.run("export", "requirements").succeeded().out
    arm = project.run("export", "requirements", "--platform", "linux/arm64").succeeded().out
    assert "native==1.0" in arm and lock_id in arm
    pylock = project.run("export", "pylock", "--platform", "linux/arm64/v8").succeeded().out
    assert "platform_machine == 'aarch64'" in pylock
    assert "extra-arm" in project.run("tree", "--python", "--platform", "linux/arm64").succeeded().out
    assert "extra-arm" not in project.run("tree").succeeded().out
    project.run("why", "extra-arm").failed(2)
    assert "pure" in project.run("why", "extra-arm", "--platform", "linux/arm64").succeeded().out
    error = project.run("export", "requirements", "--platform", "linux/s390x", "--json").failed(2).json()["error"]
    assert error["code"] == "no-target" and "linux/arm64 python3.11" in error["message"]
    project.run("tree", "--interpreter", "3.12").failed(2)
    for command, status in ((["build"], 3), (["run"], 125)):
        result = project.run(*command, "--platform", "linux/arm64").failed(status)
        assert "linux/arm64" in result.err and result.seconds < 20


def test_the_image_is_noted_where_it_belongs(built):
    project, manifest = built, (built.folder / "mlrepro.toml").read_text()
    lock = json.loads(project.lockfile.read_text())
    image = lock.pop("image")
    lock["inputs"]["platforms"].append("linux/arm64")
    arm = {"platform": "linux/arm64", "os": {**lock["os"], "architecture": "arm64"}}
    if "python" in lock:
        arm["python"] = lock["python"]
    lock["targets"] = [arm]
    project.write("mlrepro.lock", json.dumps(lock))
    project.write("mlrepro.toml", BOTH + manifest)
    document = project.run("build", "--json").succeeded().json()
    assert document["platform"] == "linux/amd64" and not document["reused"]
    noted = project.lock_document()
    assert noted["image"]["digest"] == document["image"]["digest"] != image["digest"]
    assert "image" not in noted["targets"][0]
    assert project.run("lock", "--json").succeeded().json()["lock_id"] == document["lock_id"]
    assert project.lock_document()["image"] == noted["image"]
    assert project.run("build", "--json").succeeded().json()["reused"]
    project.run("verify", "--lock").succeeded()
    lock = project.lock_document()
    lock["targets"][0]["image"] = lock["image"]
    project.write("mlrepro.lock", json.dumps(lock))
    (check,) = project.run("verify", "--image", "--platform", "linux/arm64", "--json").failed(1).json()["checks"]
    assert check["status"] == "skipped" and "linux/arm64" in check["detail"]


def test_a_platform_that_comes_leaves_the_others(project, archive, index):
    head = '[os]\nsuite = "stable"\npackages = ["tool", "python3"]\n[python]\nrequirements = ["pure"]\n'
    project.write("mlrepro.toml", head)
    project.run("lock").succeeded()
    alone = project.lock_document()
    archive.package("tool", "9")
    archive.publish(architectures=("amd64", "arm64"), date="Sun, 02 Mar 2025 08:00:00 UTC")
    index.add("pure", "1.1")
    index.publish()
    project.write("mlrepro.toml", BOTH + head)
    drift = project.run("lock", "--check", "--json").failed(1).json()["drift"]
    assert [entry["key"] for entry in drift] == ["platforms"]
    changes = project.run("lock", "--json").succeeded().json()["changes"]
    assert [(change["section"], change["name"]) for change in changes] == [("targets", "linux/arm64 python3.11")]
    lock = project.lock_document()
    assert lock["os"] == alone["os"] and lock["python"] == alone["python"]
    # Both platforms have the version of the one that was there.
    assert names(lock["targets"][0]["python"])["pure"] == "1.0"
    project.write("mlrepro.toml", head)
    project.run("lock").succeeded()
    assert project.lock_document() == alone


def test_several_interpreters_without_os(project, index):
    project.write("mlrepro.toml", '[python]\nversions = ["3.12", "3.11"]\nrequirements = ["pure", "native"]\n')
    document = project.run("lock", "--json").succeeded().json()
    assert [target["interpreter"] for target in document["targets"]] == ["3.11", "3.12"]
    lock = project.lock_document()
    assert names(lock["python"]) == {"native": "2.0", "old-only": "1.0", "pure": "1.0"}
    assert names(lock["targets"][0]["python"]) == {"native": "3.0", "pure": "1.0"}
    assert "native==3.0" in project.run("export", "requirements", "--python", "3.12").succeeded().out
    assert "native==2.0" in project.run("export", "requirements").succeeded().out
    project.write("mlrepro.toml", BOTH + '[python]\nversions = ["3.12", "3.11"]\nrequirements = ["pure"]\n')
    project.run("lock").succeeded()
    assert [(target["platform"], target["python"]["interpreter"]["version"])
            for target in project.lock_document()["targets"]] == [
                ("linux/amd64", "3.12"), ("linux/arm64", "3.11"), ("linux/arm64", "3.12")]


def test_a_conflict_names_its_target(project, index):
    project.write("mlrepro.toml", BOTH + '[python]\nversion = "3.11"\nrequirements = ["native>=2"]\n')
    conflict = project.run("lock", "--json").failed(1).json()["conflicts"][0]
    assert conflict["message"].startswith("for linux/arm64 python3.11: ")


def test_drift_is_judged_for_every_target(project, index):
    text = BOTH + '[python]\nversion = "3.11"\nrequirements = ["native"]\n'
    project.write("mlrepro.toml", text)
    project.run("lock").succeeded()
    project.write("mlrepro.toml", text.replace('"native"', '"native>=2"'))
    (drift,) = project.run("lock", "--check", "--json").failed(1).json()["drift"]
    assert drift["key"] == "python.requirements" and "(linux/arm64 python3.11)" in drift["detail"]
    lock = json.loads(project.lockfile.read_text())
    del lock["targets"]
    project.write("mlrepro.lock", json.dumps(lock))
    project.write("mlrepro.toml", text)
    (drift,) = project.run("lock", "--check", "--json").failed(1).json()["drift"]
    assert drift["key"] == "platforms" and "linux/arm64" in drift["detail"]


def test_python_version_chooses_among_the_interpreters_of_the_image(project, archive, index):
    text = '[os]\nsuite = "stable"\npackages = ["python3", "python3.12"]\n[python]\nversion = "{}"\nrequirements = ["native"]\n'
    project.write("mlrepro.toml", text.format("3.12"))
    project.run("lock").succeeded()
    python = project.lock_document()["python"]
    assert python["interpreter"]["package"] == "python3.12" and names(python) == {"native": "3.0"}
    project.write("mlrepro.toml", text.format("3.13"))
    conflict = project.run("lock", "--json").failed(1).json()["conflicts"][0]
    assert "3.13" in conflict["message"] and "python3.11" in conflict["message"]


def test_what_no_target_can_be_is_refused(project):
    for text, words in [
        ('[environment]\nplatforms = ["linux/amd65"]\n[os]\nsuite = "tiny"\n', 'did you mean "linux/amd64"'),
        ('[python]\nversions = ["3.11", "3.11.4"]\n', "take the same wheels"),
        ('[python]\nversions = ["3.11"]\nversion = "3.11"\n', "exclude each other"),
        ('[python]\nversions = ["three"]\n', "no version of Python"),
        ('[os]\nsuite = "tiny"\n[python]\nversions = ["3.11", "3.12"]\n', "several interpreters"),
    ]:
        project.write("mlrepro.toml", text)
        assert words in project.run("lock").failed(2).err
