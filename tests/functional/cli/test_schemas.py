"""The schemas say what the program reads and writes; what a command prints is checked wherever a test calls json()."""

import json
import re
import tomllib

import jsonschema
import pytest
from world.program import ROOT, SCHEMAS, schema

KEYS = """
[project]
name = "all"
[environment]
platforms = ["linux/amd64"]
exclude-newer = "2025-06-01T00:00:00Z"
[os]
distribution = "debian"
suite = "tiny"
suites = ["tiny-backports"]
base = "minbase"
packages = ["python3"]
exclude = ["nano"]
recommends = ["python3"]
[[os.pin]]
package = ["git", "git-*"]
release = "tiny-backports"
priority = 600
[[os.pin]]
package = "nano"
version = "7*"
priority = -1
[[os.index]]
url = "http://archive.example.org/debian"
suites = ["tiny"]
components = ["main"]
signed-by = "key.gpg"
extra = true
[python]
requirements = ["beta"]
files = ["requirements.txt"]
constraints = ["beta<3"]
overrides = ["beta<4"]
pyproject = true
extras = ["more"]
groups = ["dev"]
prereleases = "never"
[[python.index]]
name = "ours"
url = "http://index.example.org/simple"
packages = ["beta", "alpha-*"]
explicit = true
[run]
command = ["true"]
workdir = "/"
mounts = ["./:/app:ro"]
env = { A = "b" }
network = "none"
determinism = "off"
[[data]]
path = "data.csv"
[outputs]
paths = ["output/**"]
tolerance = { default = "bitwise" }
"""


def manifest_errors(text):
    return list(jsonschema.Draft202012Validator(schema("manifest")).iter_errors(tomllib.loads(text)))


@pytest.mark.parametrize("path", sorted(SCHEMAS.rglob("*.json")), ids=lambda path: path.stem)
def test_schema_is_one(path):
    jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text()))


def test_quickstart_fits_the_manifest_schema():
    assert manifest_errors((ROOT / "fixtures/quickstart/mlrepro.toml").read_text()) == []


def test_program_and_schema_know_the_same_keys(project):
    """A manifest with every key of the schema is read, and the same with a letter more in any key is not."""
    assert manifest_errors(KEYS) == []
    project.write("requirements.txt", "beta\n")
    project.write("data.csv", "1\n")
    project.write("pyproject.toml", '[project]\nname = "p"\n[project.optional-dependencies]\nmore = []\n'
                                    '[dependency-groups]\ndev = []\n')
    project.write("mlrepro.toml", KEYS)
    error = project.run("--offline", "lock", "--json").failed(3).json()["error"]
    assert error["code"] == "offline"  # read whole, stopped at the first archive
    for key in sorted(set(re.findall(r"^([a-z-]+) =", KEYS, re.MULTILINE))):
        text = re.sub(rf"^{key} =", f"{key}x =", KEYS, count=1, flags=re.MULTILINE)
        assert manifest_errors(text), key
        project.write("mlrepro.toml", text)
        error = project.run("--offline", "lock", "--json").failed(2).json()["error"]
        assert key in error["message"] + error["hint"]


def properties(node, found):
    if isinstance(node, dict):
        found |= set(node.get("properties", {}))
        for value in node.values():
            properties(value, found)
    if isinstance(node, list):
        for value in node:
            properties(value, found)
    return found


def test_every_manifest_key_is_in_its_manual_page():
    page = (ROOT / "man/mlrepro.toml.5").read_text().replace("\\-", "-")
    keys = properties(schema("manifest"), set()) - {"default"}
    assert {key for key in keys if not re.search(rf"\b{key}\b", page)} == set()
