"""What an index can hold and what a lock takes of it (scenarios/*.txt; the form is in world/scenario.py), each served as
HTML and as JSON."""

import hashlib
from pathlib import Path

import pytest

from world.program import Project
from world.scenario import read_scenarios

SCENARIOS = [scenario for path in sorted(Path(__file__).with_name("scenarios").glob("*.txt"))
             for scenario in read_scenarios(path)]


@pytest.mark.parametrize("form", ["html", "json"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=[scenario.slug for scenario in SCENARIOS])
def test_scenario(scenario, form, tmp_path, world):
    addresses = scenario.publish(world.server, form)
    project = Project(tmp_path / "project", world)
    project.write("mlrepro.toml", scenario.manifest(addresses))
    result = project.run("lock", "--json", timeout=30)
    kind, _, words = scenario.expected.partition(": ")
    if kind == "conflict":
        document = result.failed(1).json()
        told = " / ".join(entry["message"] + str(entry["chain"]) for entry in document["conflicts"])
        missing = [word for word in words.split(" & ") if word and word not in told]
        assert not missing, told
    elif kind == "error":
        assert result.status in (2, 3), result.out + result.err
        assert result.json()["error"]["code"] == words
    else:
        result.succeeded()
        packages = project.lock_document()["python"]["packages"]
        locked = ", ".join(f"{each['name']} {each['version']}" for each in packages)
        assert locked == scenario.expected, result.err
        bodies = {file.name: file.body for file in scenario.files}
        for package in packages:
            body = bodies[package["file"]["name"]]
            assert package["file"]["size"] == len(body)
            assert package["file"]["sha256"].removeprefix("sha256:") == hashlib.sha256(body).hexdigest()
    for warning in scenario.warnings:
        assert warning in result.err
    for warning in scenario.silent:
        assert warning not in result.err


def test_titles_are_unique():
    assert len({scenario.slug for scenario in SCENARIOS}) == len(SCENARIOS)
