"""Several builds at once with one cache share the work."""

import json

from world.program import Project


def finish(processes):
    for process in processes:
        out, err = process.communicate(timeout=240)
        assert process.returncode == 0, (out + err).decode()
        yield out.decode(), err.decode()


def fetches(world, part):
    paths = [request.path for request in world.server.log if part in request.path and request.sent]
    return sorted(paths)


def cold(built, name, cache=None):
    other = built.sibling(name, cache)
    lock = other.lock_document()
    lock.pop("image")
    other.lockfile.write_text(json.dumps(lock, indent=2) + "\n")
    return other


def test_three_of_one_lock_are_built_once(built, world):
    first = cold(built, "one")
    projects = [first, cold(built, "two", first.cache), cold(built, "three", first.cache)]
    ended = list(finish([project.start("build", "--json") for project in projects]))
    answers = [json.loads(out) for out, _ in ended]
    assert sorted(answer["reused"] for answer in answers) == [False, True, True]
    assert len({answer["image"]["digest"] for answer in answers}) == 1
    for project in projects:
        assert project.lock_document()["image"] == built.lock_document()["image"]
    for part in ("/pool/", "/files/"):
        paths = fetches(world, part)
        assert paths and len(paths) == len(set(paths)), paths
    assert not list((first.cache / "images").glob(".turn-*"))


def test_locks_with_files_in_common_fetch_each_once(built, world, tmp_path):
    cache = tmp_path / "common-cache"
    projects = []
    for number, requirements in enumerate((["alpha"], ["tool"], ["alpha", "beta", "tool"])):
        project = Project(tmp_path / f"common{number}", world, cache)
        project.manifest(["python3", "greeting"], requirements)
        locker = Project(tmp_path / f"locker{number}", world, built.cache)
        locker.manifest(["python3", "greeting"], requirements)
        locker.run("lock").succeeded()
        project.lockfile.write_bytes(locker.lockfile.read_bytes())
        projects.append(project)
    world.server.reset()
    world.server.fault(r"/pool/|/files/", "slow", at=30)
    list(finish([project.start("build") for project in projects]))
    for part in ("/pool/", "/files/"):
        paths = fetches(world, part)
        assert paths and len(paths) == len(set(paths)), paths


def test_whoever_waited_builds_where_the_other_was_killed(built, world):
    first = cold(built, "one")
    other = cold(built, "two", first.cache)
    world.server.fault(r"/pool/", "slow", at=200)
    process, waiting = first.start("build"), None
    while not world.server.requested(r"/pool/"):
        pass
    waiting = other.start("build", "--json")
    line = waiting.stderr.readline().decode()
    assert "waiting for another build" in line, line
    process.kill()
    process.communicate()
    list(finish([waiting]))
    assert other.lock_document()["image"] == built.lock_document()["image"]
