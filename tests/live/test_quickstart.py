"""The quickstart end to end with the machine's own archives and Python index."""

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

sys.path.insert(0, str(Path(__file__).parents[1] / "functional"))

from world.program import ROOT, Result, program_path, schema  # noqa: E402

import jsonschema  # noqa: E402


class Quickstart:
    def __init__(self, folder, cache):
        shutil.copytree(ROOT / "fixtures/quickstart", folder,
                        ignore=shutil.ignore_patterns(".mlrepro", "mlrepro.lock", "*.safetensors", "metrics.json"))
        self.folder, self.cache = folder, cache

    def run(self, *arguments, env=None, prefix=()):
        command = [*prefix, program_path(), "--progress", "plain", *arguments]
        environment = {**os.environ, "MLREPRO_CACHE_DIR": str(self.cache), **(env or {})}
        answer = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True,
                                stdin=subprocess.DEVNULL, timeout=1500)
        return Result(answer.returncode, answer.stdout, answer.stderr, 0)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("live")


@pytest.fixture(scope="module")
def trained(place):
    """Locked, built and run once; each test below looks at what came of it."""
    quickstart = Quickstart(place / "first", place / "cache")
    for command in ("lock", "build", "run"):
        quickstart.run(command).succeeded()
    return quickstart


def test_lock_fits_its_schema_and_the_second_asks_nobody(trained):
    lock = json.loads((trained.folder / "mlrepro.lock").read_text())
    jsonschema.validate(lock, schema("lock"), jsonschema.Draft202012Validator)
    assert {"numpy", "scikit-learn", "safetensors", "scipy"} <= {package["name"] for package in lock["python"]["packages"]}
    answer = trained.run("lock", "--json").succeeded().json()
    assert not answer["changed"] and answer["network"]["requests"] == 0


def test_same_lock_from_another_folder_and_cache(trained, place):
    other = Quickstart(place / "second", place / "second-cache")
    answer = other.run("lock", "--json", env={"TZ": "Asia/Tokyo"}).succeeded().json()
    assert answer["lock_id"] == trained.run("lock", "--json").json()["lock_id"]


def test_same_image_from_another_cache_under_other_surroundings(trained, place):
    other = Quickstart(place / "third", place / "third-cache")
    lock = json.loads((trained.folder / "mlrepro.lock").read_text())
    image = lock.pop("image")
    (other.folder / "mlrepro.lock").write_text(json.dumps(lock, indent=2) + "\n")
    other.cache.mkdir()
    subprocess.run(["cp", "-al", trained.cache / "store", other.cache], check=True)
    surroundings = ["unshare", "-u", "sh", "-c", 'hostname perturbed; umask 077; exec "$@"', "sh"]
    answer = other.run("build", "--json", env={"TZ": "Asia/Tokyo", "LC_ALL": "C"},
                       prefix=surroundings if os.geteuid() == 0 else ()).succeeded().json()
    assert answer["image"]["digest"] == image["digest"]


def test_training_left_what_it_declared(trained):
    metrics = json.loads((trained.folder / "output/metrics.json").read_text())
    assert metrics["accuracy"] > 0.95
    run = trained.run("runs", "show", "--json").succeeded().json()["run"]
    assert [file["path"] for file in run["outputs"]] == ["output/metrics.json", "output/weights.safetensors"]
    assert run["exit_status"] == 0


def test_verify_with_replay(trained):
    answer = trained.run("verify", "--replay", "--json").succeeded().json()
    assert answer["verdict"] == "verified"
    assert {check["name"]: check["status"] for check in answer["checks"]}["replay"] == "pass"


@pytest.mark.parametrize("command", [
    ["python3", "-c", "import numpy, scipy, sklearn, safetensors.numpy"],
    ["awk", "BEGIN { exit 0 }"],
    ["sh", "-c", 'test -z "$(dpkg --audit)"'],
    ["python3", "-c", "import ssl; assert ssl.create_default_context().get_ca_certs()"],
    ["sh", "-c", "test -s /etc/ssl/certs/ca-certificates.crt && test ! -s /etc/machine-id"],
])
def test_inside_the_image(trained, command):
    trained.run("run", "--no-record", "--", *command).succeeded()


def test_every_installed_requirement_is_met(trained, place):
    root = place / "root"
    trained.run("build", "--output", f"rootfs:{root}").succeeded()
    site = next((root / "opt/env/lib").glob("python3*/site-packages"))
    installed = {canonicalize_name(found.metadata["Name"]): found
                 for found in importlib.metadata.distributions(path=[str(site)])}
    assert "numpy" in installed
    for found in installed.values():
        for line in found.requires or []:
            wanted = Requirement(line)
            if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
                continue
            have = installed.get(canonicalize_name(wanted.name))
            assert have and wanted.specifier.contains(have.version), f"{found.metadata['Name']} needs {line}"
