"""Random small archives: apt and mlrepro decide alike. Where apt finds no solution, one of ours must be one to apt too."""

import json

import pytest
from world.apt import Apt, is_here
from world.random_archive import RandomArchive, publish, sources

pytestmark = pytest.mark.skipif(not is_here(), reason="apt is the oracle")

SEEDS = [*((seed, "amd64") for seed in range(2000, 2040)), *((seed, "arm64") for seed in range(2040, 2052))]


@pytest.fixture(scope="module")
def place(world, tmp_path_factory):
    """Everything that all seeds share: (archives by seed, URL, apt by architecture in roots of their own, a cache)."""
    folder = tmp_path_factory.mktemp("oracle")
    archives = {seed: RandomArchive(seed, architecture) for seed, architecture in SEEDS}
    url = publish(archives.values(), world.server, world.key)
    apt = {}
    for kind in ("amd64", "arm64"):
        text = sources(url, world.key, [archive.component for archive in archives.values() if archive.architecture == kind])
        # Lists that are there count for any sources that name them; a cache of another seed's must not.
        apt[kind] = Apt(folder / f"apt-{kind}", text, architecture=kind,
                        options='Dir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\n')
    return archives, url, apt, folder


def lock(project, archive, question, folder):
    project.write("mlrepro.toml", archive.manifest(question))
    project.lockfile.unlink(missing_ok=True)
    result = project.run("lock", env={"MLREPRO_APT_DIR": str(folder), "MLREPRO_CACHE_DIR": str(folder / "cache")})
    if result.status == 1:
        return None
    result.succeeded()
    return {package["name"]: package["version"] for package in json.loads(project.lockfile.read_text())["os"]["packages"]}


@pytest.mark.parametrize("seed, architecture", SEEDS)
def test_choice_is_apts(project, world, place, seed, architecture):
    archives, url, apts, folder = place
    archive, apt = archives[seed], apts[architecture]
    text = sources(url, world.key, [archive.component])
    for target in (apt.root / "etc/apt", folder):
        target.joinpath("sources.list.d").mkdir(exist_ok=True)
        target.joinpath("sources.list.d/tests.sources").write_text(text)
    preferences = apt.root / "etc/apt/preferences"
    for question in archive.questions[:2]:
        preferences.write_text(question.preferences)
        # apt is asked by name for what every root has.
        expected = apt.solution(*sorted(archive.essential), *question.wishes, recommends=question.recommends)
        found = lock(project, archive, question, folder)
        if expected is None and found is not None:
            preferences.write_text("")
            expected = apt.solution(*[f"{name}={version}" for name, version in found.items()])
        assert found == expected, question
