"""mlrepro store: what it holds, and whether it is still that."""


def test_info_counts(built):
    answer = built.run("store", "info", "--json").succeeded().json()
    lock = built.lock_document()
    assert answer["blobs"] >= len(lock["os"]["packages"]) + len(lock["python"]["packages"])
    assert answer["bytes"] > 0 and answer["path"].startswith(str(built.cache))
    assert built.run("store", "--json").succeeded().json() == answer


def test_check_of_a_whole_store(built):
    answer = built.run("store", "check", "--json").succeeded().json()
    assert answer["damaged"] == []


def test_check_names_a_damaged_blob(built):
    digest = built.lock_document()["os"]["packages"][0]["sha256"]
    built.flip(built.blob(digest))
    answer = built.run("store", "check", "--json").failed(1).json()
    assert answer["damaged"] == ["sha256:" + digest]
    assert digest in built.run("store", "check").failed(1).out


def test_empty_store_is_fine(project):
    answer = project.run("store", "check", "--json").succeeded().json()
    assert answer["blobs"] == 0 and answer["damaged"] == []


def test_projects_share_blobs(built, world):
    other = built.sibling("second", built.cache)
    other.manifest(["python3", "greeting"], ["alpha", "tool", "beta"])
    other.run("lock").succeeded()
    world.server.log.clear()
    other.run("build").succeeded()
    assert world.server.requested(r"^/(debian/pool|files)/") == []
