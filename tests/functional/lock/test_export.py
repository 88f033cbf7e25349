"""mlrepro export: the lock as other tools read it."""

import hashlib
import subprocess
import tomllib
import urllib.request

import pytest


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
