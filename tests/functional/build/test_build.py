"""mlrepro build: the same image from the same lock, whatever the machine is like."""

import json
import os
import random
import subprocess
import tarfile

import pytest

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount and to change the host name")


def image_of(project, *arguments, **options):
    return project.run("build", "--json", *arguments, **options).succeeded().json()["image"]


def test_build_writes_its_digest_into_the_lock_and_the_second_reuses_it(built, world):
    before = built.lockfile.read_bytes()
    answer = built.run("build", "--json").succeeded().json()
    assert answer["reused"]
    assert built.lock_document()["image"]["digest"] == answer["image"]["digest"]
    assert built.lockfile.read_bytes() == before
    assert world.server.log == []


def test_lock_id_does_not_depend_on_the_image(built):
    ids = {built.run("lock", "--json").json()["lock_id"], built.run("build", "--json").json()["lock_id"]}
    assert len(ids) == 1


@needs_root
def test_one_digest_under_another_zone_locale_umask_and_host_name(built):
    other = built.sibling("elsewhere")
    lock = json.loads(other.lockfile.read_text())
    image = lock.pop("image")
    other.lockfile.write_text(json.dumps(lock, indent=2) + "\n")
    again = image_of(other, prefix=["unshare", "-u", "sh", "-c", 'hostname perturbed; umask 077; exec "$@"', "sh"],
                     env={"TZ": "Asia/Tokyo", "LC_ALL": "C", "LANG": "C", "SOURCE_DATE_EPOCH": "1", "HOME": "/tmp",
                          "PYTHONHASHSEED": "3", "USER": "somebody"})
    assert again["digest"] == image["digest"]
    assert again["diff_ids"] == image["diff_ids"]


def test_image_works_inside(built, tmp_path):
    root = tmp_path / "root"
    built.run("build", "--output", f"rootfs:{root}").succeeded()
    assert (root / "opt/env/bin/tool").read_text().startswith("#!/opt/env/bin/python3\n")
    assert (root / "usr/share/greeting/version").read_text() == "1.5-1\n"
    assert (root / "var/lib/greeting-zone").read_text() == "UTC\n"  # its postinst ran, in the closed room
    assert (root / "var/lib/greeting-host").read_text().strip() != os.uname().nodename
    status = (root / "var/lib/dpkg/status").read_text()
    assert "Status: install ok installed" in status and "half" not in status
    audit = built.run("run", "--no-record", "--", "dpkg", "--audit").succeeded()
    assert audit.out == ""


def test_what_packages_take_in_the_image(built, tmp_path):
    root = tmp_path / "root"
    built.run("build", "--output", f"rootfs:{root}").succeeded()
    document = built.run("why", "--size", "--json").succeeded().json()
    assert document["measure"] == "installed"
    costs = {package["name"]: package for package in document["packages"]}
    assert costs["greeting"]["own"] == len("1.5-1\n")
    site = next((root / "opt/env/lib").glob("python3*/site-packages"))
    own = [path for path in site.rglob("tool*") if path.is_file()] + list((site / "tool-1.0.dist-info").iterdir())
    own += [path for path in (site / "tool").rglob("*") if path.is_file() and not path.name.startswith("tool")]
    own.append(root / "opt/env/bin/tool")
    assert costs["tool"]["own"] == sum(path.stat().st_size for path in set(own))
    assert costs["tool"]["own"] == costs["tool"]["alone"] > 0


def test_oci_layout_fits_the_specification(built, tmp_path):
    layout = tmp_path / "layout"
    image = built.run("build", "--output", f"oci:{layout}", "--json").succeeded().json()["image"]
    assert json.loads((layout / "oci-layout").read_text()) == {"imageLayoutVersion": "1.0.0"}
    descriptor = json.loads((layout / "index.json").read_text())["manifests"][0]
    assert descriptor["digest"] == image["digest"]
    manifest = json.loads((layout / "blobs/sha256" / image["digest"].split(":")[1]).read_text())
    config = json.loads((layout / "blobs/sha256" / image["config_digest"].split(":")[1]).read_text())
    assert manifest["config"]["digest"] == image["config_digest"]
    assert config["rootfs"]["diff_ids"] == image["diff_ids"]
    for layer in manifest["layers"]:
        blob = layout / "blobs/sha256" / layer["digest"].split(":")[1]
        assert blob.stat().st_size == layer["size"]
        digest = subprocess.run(["sha256sum", blob], capture_output=True, text=True, check=True).stdout.split()[0]
        assert layer["digest"] == "sha256:" + digest
        with tarfile.open(blob) as tar:
            names = tar.getnames()
        assert names == sorted(names, key=lambda name: name.split("/"))


def test_oci_archive_is_the_layout_in_a_tar(built, tmp_path):
    archive = tmp_path / "image.tar"
    built.run("build", "--output", f"oci-archive:{archive}").succeeded()
    with tarfile.open(archive) as tar:
        assert {"oci-layout", "index.json"} <= {name.removeprefix("./") for name in tar.getnames()}


@pytest.mark.parametrize("at", [0, 300, -1])
@pytest.mark.parametrize("pattern", [r"pool/main/greeting_", r"/files/tool-1.0"])
def test_tampered_file_is_refused_and_named(project, world, pattern, at):
    project.manifest(["python3", "greeting"], ["tool"])
    project.run("lock").succeeded()
    before = project.lockfile.read_bytes()
    world.server.fault(pattern, "flip", at=at)
    error = project.run("build", "--json").failed(2).json()["error"]
    assert error["code"] == "hash-mismatch"
    assert pattern.split("/")[-1].split("_")[0].split("-")[0] in error["message"]
    assert project.lockfile.read_bytes() == before
    assert project.run("store", "check", "--json").succeeded().json()["damaged"] == []
    world.server.faults.clear()
    project.run("build").succeeded()


def test_download_cut_in_the_middle_is_taken_up_again(project, world):
    project.manifest(["python3"], ["tool"])
    project.run("lock").succeeded()
    world.server.fault(r"pool/main/libc6_", "cut", at=100_000, times=1)
    project.run("build").succeeded()


def test_damaged_blob_is_noticed_and_fetched_again(built):
    package = next(package for package in built.lock_document()["os"]["packages"] if package["name"] == "greeting")
    built.flip(built.blob(package["sha256"]))
    result = built.run("build", "--no-cache", "--json")
    if result.status == 0:
        assert result.json()["image"]["digest"] == built.lock_document()["image"]["digest"]
    else:
        assert "greeting" in result.failed(2).json()["error"]["message"]
        # What was damaged is set aside: the next build has it again.
        built.run("build", "--no-cache").succeeded()


def test_lock_that_no_longer_satisfies_the_manifest_is_not_built(built):
    manifest = built.folder / "mlrepro.toml"
    manifest.write_text(manifest.read_text().replace('"greeting"', '"grep"'))
    error = built.run("build", "--json").failed(2).json()["error"]
    assert error["code"] == "drift" and "mlrepro lock" in error["hint"]


def test_build_without_lock(project):
    project.manifest()
    assert project.run("build", "--json").failed(2).json()["error"]["code"] == "no-lock"


def test_build_without_os(project):
    project.write("mlrepro.toml", '[python]\nversion = "3.11"\nrequirements = ["beta"]\n')
    project.run("lock").succeeded()
    assert project.run("build", "--json").failed(2).json()["error"]["code"] == "no-os"


def test_maintainer_script_that_fails_names_its_package(project, world):
    from conftest import tiny

    tiny(project.folder.parent, world.archive, "sulky", scripts={"postinst": "#!/bin/sh\necho no thanks >&2\nexit 7\n"})
    world.archive.publish()
    project.manifest(["python3", "sulky"])
    project.run("lock").succeeded()
    error = project.run("build", "--json").failed(2).json()["error"]
    assert error["code"] == "configure-failed" and "sulky" in error["message"] and "no thanks" in error["message"]


def test_two_packages_with_one_file_are_refused(project, world):
    from conftest import tiny

    for name in ("left", "right"):
        tiny(project.folder.parent, world.archive, name, files={"/usr/share/both": name})
    world.archive.publish()
    project.manifest(["python3", "left", "right"])
    project.run("lock").succeeded()
    error = project.run("build", "--json").failed(2).json()["error"]
    assert error["code"] == "file-conflict"
    for part in ("left", "right", "usr/share/both"):
        assert part in error["message"]


@needs_root
def test_full_disk_is_exit_3_and_loses_nothing(built, tmp_path):
    cache = tmp_path / "small"
    cache.mkdir()
    held = sum(path.stat().st_size for path in built.cache.joinpath("store").rglob("*") if path.is_file())
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={held + (12 << 20)}", "tmpfs", cache], check=True)
    try:
        subprocess.run(["cp", "-a", built.cache / "store", cache], check=True)
        before = built.lockfile.read_bytes()
        error = built.run("--cache-dir", cache, "build", "--json").failed(3).json()["error"]
        assert error["code"] == "disk-full" and "space" in error["message"] + error["hint"]
        assert built.lockfile.read_bytes() == before
        assert built.run("--cache-dir", cache, "store", "check", "--json").succeeded().json()["damaged"] == []
        subprocess.run(["mount", "-o", f"remount,size={held + (400 << 20)}", cache], check=True)
        built.run("--cache-dir", cache, "build").succeeded()
    finally:
        subprocess.run(["umount", "-l", cache], check=True)
    # The image that was there before is still there, whole.
    assert built.run("build", "--json").succeeded().json()["reused"]


def test_read_only_cache_is_exit_3(built):
    error = built.run("--cache-dir", "/proc/nowhere", "build", "--json").failed(3).json()["error"]
    assert "/proc/nowhere" in error["message"]


def test_killed_at_random_moments_then_again(built):
    digest = built.lock_document()["image"]["digest"]
    other = built.sibling("elsewhere", built.folder.parent / "killed-cache")
    subprocess.run(["mkdir", "-p", other.cache], check=True)
    subprocess.run(["cp", "-al", built.cache / "store", other.cache], check=True)
    moments = random.Random(11)
    killed = 0
    for _ in range(4):
        killed += other.kill_after(moments.uniform(0.1, 0.8), "build")
    assert killed > 0
    answer = other.run("build", "--json").succeeded().json()
    assert answer["image"]["digest"] == digest
    assert other.run("store", "check", "--json").succeeded().json()["damaged"] == []
    finished = [path for path in other.cache.joinpath("images").iterdir() if len(path.name) == 64]
    assert len(finished) == 1


def test_two_builds_at_once_with_one_cache(built):
    other = built.sibling("elsewhere", built.folder.parent / "shared-cache")
    third = built.sibling("third", other.cache)
    subprocess.run(["mkdir", "-p", other.cache], check=True)
    subprocess.run(["cp", "-al", built.cache / "store", other.cache], check=True)
    processes = [other.start("build", "--json"), third.start("build", "--json")]
    for process in processes:
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, (out + err).decode()
        assert json.loads(out)["image"]["digest"] == built.lock_document()["image"]["digest"]


def other_python(built):
    """The same operating system with other Python packages, in the same cache."""
    other = built.sibling("other", built.cache)
    other.manifest(["greeting", "python3"], ["alpha"])
    other.run("lock").succeeded()
    return other


def test_operating_system_of_an_earlier_image_is_taken_over(built):
    before = (built.cache / "images" / built.lock_document()["image"]["digest"].split(":")[1])
    other = other_python(built)
    first = other.run("build", "--json").succeeded().json()
    assert "take over" in first["phases"] and "configure" not in first["phases"]
    images = [built.lock_document()["image"], first["image"]]
    assert images[0]["diff_ids"][0] == images[1]["diff_ids"][0]
    greeting = "rootfs/usr/share/greeting/version"
    after = built.cache / "images" / first["image"]["digest"].split(":")[1]
    assert (before / greeting).stat().st_ino == (after / greeting).stat().st_ino
    again = other.run("build", "--no-cache", "--json").succeeded().json()
    assert again["image"] == first["image"] and "configure" in again["phases"]
    built.run("build", "--no-cache").succeeded()


@pytest.mark.parametrize("how", ["gone", "incomplete", "changed"])
def test_image_that_cannot_be_taken_over_is_passed_by(built, how):
    image = built.cache / "images" / built.lock_document()["image"]["digest"].split(":")[1]
    if how == "gone":
        subprocess.run(["rm", "-rf", image], check=True)
    elif how == "incomplete":
        (image / "complete").unlink()
    else:
        built.flip(image / "manifest.json")
    answer = other_python(built).run("build", "--json").succeeded().json()
    assert "configure" in answer["phases"]
