"""mlrepro export: the lock as other tools read it."""

import hashlib
import json
import subprocess
import tomllib
import urllib.request

import pytest
from packaging.markers import Marker
from packaging.tags import Tag
from packaging.utils import parse_wheel_filename
from world.python_index import PythonIndex


@pytest.fixture
def locked(project):
    project.manifest(["python3"], ["Mixed.Case_Name", "tool"])
    project.run("lock").succeeded()
    return project


def test_requirements_are_what_pip_takes_with_require_hashes(locked, world, tmp_path):
    locked.run("export", "requirements", "-o", "requirements.lock").succeeded()
    target = tmp_path / "target"
    subprocess.run(["/usr/bin/python3", "-m", "pip", "install", "--quiet", "--require-hashes", "--no-cache-dir",
                    "--index-url", world.index.html, "--target", target, "-r", locked.folder / "requirements.lock"],
                   check=True, env=locked.environment | {"PIP_CONFIG_FILE": "/dev/null"})
    names = {entry.name.split("-")[0].lower() for entry in target.glob("*.dist-info")}
    assert names == {"mixed_case_name", "alpha", "beta", "tool"}


def test_requirements_need_no_network_and_tell_where_each_came_from(locked, world):
    world.server.log.clear()
    text = locked.run("export", "requirements").succeeded().out
    assert world.server.log == []
    digest = {package["name"]: package["file"]["sha256"] for package in locked.lock_document()["python"]["packages"]}
    assert f"beta==2.0 \\\n    --hash=sha256:{digest['beta'].removeprefix('sha256:')}\n    # via alpha\n" in text
    assert "127.0.0.1" not in text


def test_pylock_has_a_place_and_a_hash_for_every_wheel(locked, world):
    document = locked.run("export", "pylock", "--json").succeeded().json()
    lock = tomllib.loads(document["content"])
    assert lock["lock-version"] == "1.0" and lock["created-by"] == "mlrepro"
    packages = {package["name"]: package for package in lock["packages"]}
    assert set(packages) == {"mixed-case-name", "alpha", "beta", "tool"}
    assert packages["alpha"]["dependencies"] == [{"name": "beta"}]
    for package in packages.values():
        wheel, = package["wheels"]
        body = urllib.request.urlopen(wheel["url"]).read()
        assert len(body) == wheel["size"] and hashlib.sha256(body).hexdigest() == wheel["hashes"]["sha256"]


def test_pylock_tells_no_password(locked, world):
    url = world.index.html.replace("http://", "http://me:secret@")
    assert "secret" not in locked.run("export", "pylock", env={"PIP_INDEX_URL": url}).succeeded().out


def test_a_wheel_that_is_gone_leaves_the_old_file(locked, world):
    locked.write("pylock.toml", "old\n")
    world.server.content = {path: body for path, body in world.server.content.items() if "/beta/" not in path}
    result = locked.run("export", "pylock", "-o", "pylock.toml").failed(2)
    assert "beta-2.0-py3-none-any.whl" in result.err and "--upgrade-package beta" in result.err
    assert (locked.folder / "pylock.toml").read_text() == "old\n"


def test_an_unknown_kind_is_refused_with_the_nearest(locked):
    assert "requirements?" in locked.run("export", "requirement").failed(2).err


TARGETS = [("x86_64", "3.11"), ("x86_64", "3.12"), ("aarch64", "3.11"), ("aarch64", "3.12")]


@pytest.fixture
def whole(world, project, request):
    """Two platforms and two interpreters, with packages that differ between them in every way."""
    index = PythonIndex(world.server, f"/export-{request.node.name}")
    index.add("everywhere", "1.0", requires=["native", 'arm-only; platform_machine == "aarch64"',
                                             'old-only; python_version < "3.12"',
                                             'corner; python_version >= "3.12" and platform_machine == "aarch64"'])
    for python in ("cp311", "cp312"):
        for machine in ("x86_64", "aarch64"):
            index.add("native", "1.0", tag=f"{python}-{python}-manylinux_2_17_{machine}")
    index.add("native", "2.0", tag="cp312-cp312-manylinux_2_17_x86_64")
    for name in ("arm-only", "old-only", "corner"):
        index.add(name, "1.0")
    index.publish()
    project.environment["PIP_INDEX_URL"] = index.html
    project.write("mlrepro.toml", '[environment]\nplatforms = ["linux/amd64", "linux/arm64"]\n'
                  '[python]\nversions = ["3.11", "3.12"]\nrequirements = ["everywhere", "./local"]\n')
    project.write("local/pyproject.toml", '[project]\nname = "local"\nversion = "3.0"\n[build-system]\nrequires = []\n'
                  'build-backend = "made"\nbackend-path = ["."]\n')
    project.run("lock").succeeded()
    return project


def environment(machine, python):
    return {"sys_platform": "linux", "platform_machine": machine, "implementation_name": "cpython",
            "python_version": python, "python_full_version": python + ".4"}


def locked_files(project):
    """{(machine, minor version): {name: file name}} of every target."""
    lock = project.lock_document()
    targets = [{"platform": "linux/amd64", "python": lock["python"]}, *lock["targets"]]
    machines = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}
    return {(machines[target["platform"]], ".".join(target["python"]["interpreter"]["version"].split(".")[:2])):
            {package["name"]: package["file"]["name"] for package in target["python"]["packages"]} for target in targets}


def test_pylock_holds_all_targets(whole):
    lock = tomllib.loads(whole.run("export", "pylock").succeeded().out)
    assert lock["requires-python"] == ">=3.11" and len(lock["environments"]) == 4
    files = locked_files(whole)
    assert set(files) == set(TARGETS)
    for machine, python in TARGETS:
        here = environment(machine, python)
        assert sum(Marker(marker).evaluate(here) for marker in lock["environments"]) == 1
        chosen = {}
        for package in lock["packages"]:
            if "marker" in package and not Marker(package["marker"]).evaluate(here):
                continue
            assert package["name"] not in chosen, "PEP 751: one entry of a name is left"
            tags = {Tag(f"cp{python.replace('.', '')}", f"cp{python.replace('.', '')}", f"manylinux_2_17_{machine}"),
                    Tag("py3", "none", "any")}
            chosen[package["name"]] = [wheel["name"] for wheel in package.get("wheels", [])
                                       if parse_wheel_filename(wheel["name"])[3] & tags]
        assert chosen.pop("local") == []
        assert chosen == {name: [file] for name, file in files[machine, python].items() if name != "local"}
    markers = {(package["name"], package.get("version")): package.get("marker") for package in lock["packages"]}
    assert markers["everywhere", "1.0"] is None and markers["arm-only", "1.0"] == "platform_machine == 'aarch64'"
    assert markers["native", "2.0"] == "platform_machine == 'x86_64' and python_version == '3.12'"
    top = next(package for package in lock["packages"] if package["name"] == "everywhere")
    assert {"name": "native", "version": "2.0"} in top["dependencies"] and {"name": "corner"} in top["dependencies"]


def test_pylock_of_all_targets_is_locked_again(whole):
    whole.run("export", "pylock", "-o", "pylock.toml").succeeded()
    before = locked_files(whole)
    whole.lockfile.unlink()
    whole.write("mlrepro.toml", '[environment]\nplatforms = ["linux/amd64", "linux/arm64"]\n'
                '[python]\nversions = ["3.11", "3.12"]\nfiles = ["pylock.toml"]\n')
    whole.run("lock").succeeded()
    assert locked_files(whole) == before


def test_paths_in_a_pylock_start_where_it_lies(whole):
    def path(*arguments):
        whole.run("export", "pylock", *arguments).succeeded()
        packages = tomllib.loads((whole.folder / arguments[-1]).read_text())["packages"]
        return next(package["directory"]["path"] for package in packages if package["name"] == "local")
    (whole.folder / "deep/er").mkdir(parents=True)
    assert path("-o", "pylock.toml") == "local" and path("-o", "deep/er/pylock.toml") == "../../local"


def test_a_part_of_the_targets_is_chosen_by_options(whole):
    lock = tomllib.loads(whole.run("export", "pylock", "--platform", "linux/arm64").succeeded().out)
    assert len(lock["environments"]) == 2 and "x86_64" not in json.dumps(lock)
    assert [package["marker"] for package in lock["packages"] if package["name"] == "corner"] == ["python_version == '3.12'"]
    one = tomllib.loads(whole.run("export", "pylock", "--platform", "linux/arm64", "--python", "3.12").succeeded().out)
    assert one["requires-python"] == "==3.12.*" and not any("marker" in package for package in one["packages"])
    error = whole.run("export", "requirements", "--python", "3.10", "--json").failed(2).json()["error"]
    assert error["code"] == "no-target" and "no target python3.10" in error["message"]


def test_requirements_of_all_targets_are_what_pip_takes(whole, tmp_path):
    text = whole.run("export", "requirements").succeeded().out
    assert "native==2.0 ; platform_machine == 'x86_64' and python_version == '3.12' \\\n    --hash=" in text
    assert "./local\n" in text and "linux/arm64" in text
    target = tmp_path / "target"
    (tmp_path / "all.txt").write_text(text.replace("./local\n", ""))
    subprocess.run(["/usr/bin/python3", "-m", "pip", "install", "--quiet", "--require-hashes", "--no-cache-dir",
                    "--index-url", whole.environment["PIP_INDEX_URL"], "--target", target, "-r", tmp_path / "all.txt"],
                   check=True, env=whole.environment | {"PIP_CONFIG_FILE": "/dev/null"})
    found = {entry.name.split("-")[0].replace("_", "-") for entry in target.glob("*.dist-info")}
    assert found == {"everywhere", "native", "old-only"}
