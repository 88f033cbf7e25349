"""kill -9 and SIGINT at random moments, and two at once: what stands is whole, and the next lock is as if nothing was."""

import random
import signal
import time

ROUNDS = 8


def test_killed_at_random_moments_then_again(project):
    project.manifest(["python3", "greeting"], ["alpha", "tool"])
    calm = project.sibling("calm")
    seconds = calm.run("lock").succeeded().seconds
    moments = random.Random(20250301)
    killed = 0
    for _ in range(ROUNDS):
        killed += project.kill_after(moments.uniform(0.02, seconds), "lock")
        if project.lockfile.exists():
            assert project.lockfile.read_bytes() == calm.lockfile.read_bytes()
            project.lockfile.unlink()
    project.run("lock").succeeded()
    assert killed > 0
    assert project.lockfile.read_bytes() == calm.lockfile.read_bytes()
    assert project.run("store", "check", "--json").succeeded().json()["damaged"] == []
    assert [path.name for path in project.folder.glob("*.tmp*")] == []


def test_killed_while_changing_leaves_old_or_new(project):
    project.manifest(["python3"], ["beta"])
    project.run("lock").succeeded()
    old = project.lockfile.read_bytes()
    project.manifest(["python3"], ["beta", "tool"])
    calm = project.sibling("calm")
    seconds = calm.run("lock").succeeded().seconds
    new = calm.lockfile.read_bytes()
    moments = random.Random(5)
    for _ in range(ROUNDS):
        project.kill_after(moments.uniform(0.02, seconds), "lock")
        assert project.lockfile.read_bytes() in (old, new)
        project.lockfile.write_bytes(old)


def test_interrupt_stops_cleanly(project, world):
    project.manifest(["python3"], ["alpha"])
    world.server.fault(r"by-hash|Packages", "slow", at=3000)
    process = project.start("lock")
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    begun = time.monotonic()
    process.communicate(timeout=20)
    assert process.returncode in (130, -signal.SIGINT)
    assert time.monotonic() - begun < 5
    assert not project.lockfile.exists()


def test_two_at_once_with_one_cache(project):
    project.manifest(["python3"], ["alpha", "tool"])
    other = project.sibling("other", project.cache)
    processes = [project.start("lock"), other.start("lock"), project.start("lock")]
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, out + err
    assert project.lockfile.read_bytes() == other.lockfile.read_bytes()
