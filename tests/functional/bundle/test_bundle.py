"""mlrepro bundle: a project in one file, and back again where there is no network."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile

import pytest


@pytest.fixture
def bundle(built, tmp_path):
    """(project, file): a project with a run on record, in a bundle."""
    built.write("train.py", "open('output/model', 'w').write('trained')\n")
    built.run("run", "--name", "first").succeeded()
    file = tmp_path / "project.bundle"
    built.run("bundle", "-o", file).succeeded()
    return built, file


def fresh(project, name="opened"):
    other = type(project)(project.folder.parent / name, project.world, project.folder.parent / f"{name}-cache")
    other.environment["PIP_INDEX_URL"] = "http://127.0.0.1:1/"  # nothing answers there
    return other


def members(file):
    with tarfile.open(file) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def forge(file, target, change):
    """The bundle with its list of (name, bytes, type) changed, and the index made to fit."""
    parts = [[name, body, tarfile.REGTYPE] for name, body in members(file).items() if name != "bundle.json"]
    change(parts)
    index = json.loads(members(file)["bundle.json"])
    index["members"] = [{"path": name, "sha256": hashlib.sha256(body).hexdigest(), "size": len(body)}
                        for name, body, _ in parts]
    text = json.dumps(index, separators=(",", ":"), sort_keys=True).encode()
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as tar:
        for name, body, kind in [["bundle.json", text, tarfile.REGTYPE], *parts]:
            info = tarfile.TarInfo(name)
            info.size, info.type = (len(body), kind) if kind == tarfile.REGTYPE else (0, kind)
            info.linkname = "" if kind == tarfile.REGTYPE else "/etc/passwd"
            tar.addfile(info, io.BytesIO(body))
    return target


def test_opened_without_network_it_builds_runs_and_verifies(bundle):
    project, file = bundle
    other = fresh(project)
    answer = other.run("--offline", "bundle", "--open", file, "--json").succeeded().json()
    assert answer["images"] == 1 and answer["records"] == 1
    assert other.lockfile.read_bytes() == project.lockfile.read_bytes()
    (other.folder / "output").mkdir()
    digest = project.lock_document()["image"]["digest"]
    reused = other.run("--offline", "build", "--json").succeeded().json()
    assert reused["reused"] and reused["image"]["digest"] == digest
    again = other.run("--offline", "build", "--no-cache", "--json").succeeded().json()
    assert not again["reused"] and again["image"]["digest"] == digest
    assert other.run("--offline", "run", "--", "cat", "/usr/share/greeting/version").succeeded().out == "1.5-1\n"
    other.run("--offline", "verify", "--lock").succeeded()
    shown = other.run("runs", "show", "first", "--json").succeeded().json()["run"]
    assert shown == project.run("runs", "show", "first", "--json").succeeded().json()["run"]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root for a network namespace")
def test_in_a_network_namespace_without_interfaces(bundle):
    project, file = bundle
    other = fresh(project)
    alone = ["unshare", "-n"]
    other.run("bundle", "--open", file, prefix=alone).succeeded()
    (other.folder / "output").mkdir()
    shutil.rmtree(other.cache / "images")
    answer = other.run("build", "--json", prefix=alone).succeeded().json()
    assert answer["image"]["digest"] == project.lock_document()["image"]["digest"] and not answer["reused"]
    (other.folder / "train.py").write_text((project.folder / "train.py").read_text())
    other.run("run", prefix=alone).succeeded()
    verdict = other.run("verify", "--lock", "--json", prefix=alone).succeeded().json()["verdict"]
    assert verdict == "verified"


def test_same_project_same_bytes(bundle, tmp_path):
    project, file = bundle
    project.run("bundle", "-o", tmp_path / "again", env={"TZ": "Asia/Tokyo", "LC_ALL": "C"}).succeeded()
    assert (tmp_path / "again").read_bytes() == file.read_bytes()
    other = fresh(project)
    other.run("bundle", "--open", file).succeeded()
    other.run("--offline", "bundle", "-o", tmp_path / "third").succeeded()
    assert (tmp_path / "third").read_bytes() == file.read_bytes()


def test_it_holds_what_the_lock_names(bundle):
    project, file = bundle
    lock = project.lock_document()
    held = members(file)
    names = [package["sha256"] for package in lock["os"]["packages"]]
    names += [package["file"]["sha256"] for package in lock["python"]["packages"]]
    for release in lock["os"]["releases"]:
        names += [release["sha256"], *(index["sha256"] for index in release["indexes"])]
    for name in names:
        assert f"blobs/{name.removeprefix('sha256:')}" in held
    assert held["project/mlrepro.lock"] == project.lockfile.read_bytes()
    assert list(held) == ["bundle.json", *sorted(set(held) - {"bundle.json"})]


def test_requirements_files_come_along(project):
    project.write("needs/base.txt", "-c limits.txt\nalpha\n")
    project.write("needs/limits.txt", "beta<2\n")
    project.write("requirements.txt", "-r needs/base.txt\ntool\n")
    project.write("mlrepro.toml", '[os]\nsuite = "tiny"\npackages = ["python3"]\n[python]\nfiles = ["requirements.txt"]\n')
    project.run("lock").succeeded()
    file = project.folder.parent / "bundle"
    project.run("bundle", "-o", file).succeeded()
    other = fresh(project)
    other.run("--offline", "bundle", "--open", file).succeeded()
    assert (other.folder / "needs/limits.txt").read_text() == "beta<2\n"
    other.run("--offline", "lock", "--check").succeeded()
    built = other.run("--offline", "build", "--json").succeeded().json()  # it had no image
    assert built["image"]["digest"] == project.run("build", "--json").succeeded().json()["image"]["digest"]


def test_what_lies_in_the_folder_stays(bundle):
    project, file = bundle
    other = fresh(project)
    other.write("mlrepro.toml", "# mine\n")
    error = other.run("bundle", "--open", file, "--json").failed(2).json()["error"]
    assert error["code"] == "file-exists" and "mlrepro.toml" in error["message"]
    assert (other.folder / "mlrepro.toml").read_text() == "# mine\n" and not other.lockfile.exists()
    (other.folder / "mlrepro.toml").unlink()
    other.run("bundle", "--open", file).succeeded()
    other.run("bundle", "--open", file).succeeded()  # the same again is fine
    assert len(other.run("runs", "--json").succeeded().json()["runs"]) == 1


def refused(project, file, *words):
    """Nothing of it is in the project, nothing wrong in the store."""
    other = fresh(project)
    result = other.run("bundle", "--open", file, "--json").failed(2)
    message = result.json()["error"]["message"]
    for word in words:
        assert word in message, message
    assert [path.name for path in other.folder.iterdir() if path.name != ".mlrepro"] == []
    assert list((other.folder / ".mlrepro").iterdir()) == []
    assert other.run("store", "check", "--json").succeeded().json()["damaged"] == []
    shutil.rmtree(other.folder)
    shutil.rmtree(other.cache)


def offsets(file):
    """Name -> (offset of its header, of its data, its size)."""
    with tarfile.open(file) as tar:
        return {member.name: (member.offset, member.offset_data, member.size) for member in tar}


def test_a_flipped_byte_is_found_wherever_it_lies(bundle, tmp_path):
    project, file = bundle
    places = offsets(file)
    layer = next(name for name in places if name.endswith("layer-0"))
    blob = next(name for name in places if name.startswith("blobs/"))
    record = next(name for name in places if name.startswith("records/"))
    flips = []
    for name in (blob, "project/mlrepro.lock", record):
        _, data, size = places[name]
        flips.append((data + size // 2, name))
    flips.append((places[layer][1] + places[layer][2] - 1, layer))
    flips.append((places[blob][0] + 140, blob))  # the time in its header
    padded = next(name for name, (_, _, size) in places.items() if size % 512 and name != "bundle.json")
    flips.append((places[padded][1] + places[padded][2], ""))  # the filling after it
    flips.append((places["bundle.json"][1] + 20, "bundle.json"))
    body = file.read_bytes()
    for at, name in flips:
        changed = tmp_path / "changed"
        changed.write_bytes(body[:at] + bytes([body[at] ^ 1]) + body[at + 1:])
        refused(project, changed, name)
    changed.write_bytes(body + bytes(512))
    refused(project, changed)


def test_a_cut_file_is_refused(bundle, tmp_path):
    project, file = bundle
    places = offsets(file)
    blob = [name for name in places if name.startswith("blobs/")][3]
    header, data, size = places[blob]
    body = file.read_bytes()
    for end, name in [(header, blob), (header + 100, blob), (data + size // 2, blob), (0, "bundle.json"),
                      (len(body) - 512, "")]:
        changed = tmp_path / "changed"
        changed.write_bytes(body[:end])
        refused(project, changed, name)


@pytest.mark.parametrize("name, kind", [("../x", tarfile.REGTYPE), ("project/../../x", tarfile.REGTYPE),
                                        ("/etc/x", tarfile.REGTYPE), ("project/x", tarfile.SYMTYPE),
                                        ("project/x", tarfile.LNKTYPE), ("project/.mlrepro/records.db", tarfile.REGTYPE),
                                        ("elsewhere/x", tarfile.REGTYPE)])
def test_hostile_members_are_refused_by_name(bundle, tmp_path, name, kind):
    project, file = bundle

    def change(parts):
        parts.append([name, b"" if kind != tarfile.REGTYPE else b"evil", kind])
        parts.sort()

    target = forge(file, tmp_path / "forged", change)
    refused(project, target, name)
    assert not (tmp_path / "x").exists()


def test_members_that_the_index_does_not_know(bundle, tmp_path):
    project, file = bundle
    for name, kind in [("../y", tarfile.REGTYPE), ("y", tarfile.SYMTYPE), ("y", tarfile.REGTYPE), ("y", tarfile.CHRTYPE)]:
        changed = tmp_path / "changed"
        shutil.copy(file, changed)
        with tarfile.open(changed, "a") as tar:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd" if kind == tarfile.SYMTYPE else ""
            tar.addfile(info, io.BytesIO(b""))
        refused(project, changed, name)


def test_written_by_another_program_it_is_refused(bundle, tmp_path):
    project, file = bundle
    refused(project, forge(file, tmp_path / "forged", lambda parts: None))


def test_usage(built):
    for words in ([], ["-o", "x", "--open", "y"]):
        assert built.run("bundle", *words, "--json").failed(2).json()["error"]["code"] == "usage"
    assert built.run("bundle", "--open", "nowhere", "--json").failed(2).json()["error"]["code"] == "file-missing"


def test_no_lock_no_bundle(project):
    project.manifest()
    assert project.run("bundle", "-o", "x", "--json").failed(2).json()["error"]["code"] == "no-lock"


def test_local_sources_come_along(project):
    project.write("lib/pyproject.toml", '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
                                        '[project]\nname = "lib"\nversion = "1.0"\n')
    project.write("lib/backend.py", "")
    project.manifest(["python3"], ["lib @ ./lib"])
    project.run("lock").succeeded()
    file = project.folder.parent / "bundle"
    project.run("bundle", "-o", file).succeeded()
    other = fresh(project)
    other.run("--offline", "bundle", "--open", file).succeeded()
    other.run("--offline", "lock", "--check").succeeded()


def test_members_are_plain(bundle):
    _, file = bundle
    said = subprocess.run(["tar", "-tvf", file], capture_output=True, text=True, check=True).stdout
    for line in said.splitlines():
        assert line.startswith("-rw-r--r-- 0/0") and "1970-01-01" in line, line
