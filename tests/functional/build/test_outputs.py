"""mlrepro build --output: the image in the forms that other tools take, each with the same bytes every time."""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import time

import pytest

FILES = ["oci-archive", "docker-archive", "squashfs", "erofs"]
PROGRAMS = {"squashfs": "mksquashfs", "erofs": "mkfs.erofs"}


def need(*programs):
    for program in programs:
        if shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin:" + os.environ["PATH"]) is None:
            pytest.skip(f"{program} is not here")


@pytest.mark.parametrize("kind", FILES)
def test_same_bytes_wherever_it_is_written(built, tmp_path, kind):
    need(*([PROGRAMS[kind]] if kind in PROGRAMS else []))
    other = built.sibling("elsewhere")  # with a cache of its own: the tree is made anew
    shutil.copytree(built.cache / "store", other.cache / "store")
    first, second = tmp_path / "first", tmp_path / "second"
    built.run("build", "--output", f"{kind}:{first}").succeeded()
    other.run("build", "--output", f"{kind}:{second}", env={"TZ": "Asia/Tokyo", "SOURCE_DATE_EPOCH": "5"}).succeeded()
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (first, second)]
    assert digests[0] == digests[1]
    second.write_text("replaced")
    other.run("build", "--output", f"{kind}:{second}").succeeded()
    assert first.read_bytes() == second.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_docker_archive_is_what_docker_save_writes(built, tmp_path):
    archive = tmp_path / "image.tar"
    image = built.run("build", "--output", f"docker-archive:{archive}", "--json").succeeded().json()["image"]
    with tarfile.open(archive) as tar:
        [manifest] = json.load(tar.extractfile("manifest.json"))
        config = tar.extractfile(manifest["Config"]).read()
        assert "sha256:" + hashlib.sha256(config).hexdigest() == image["config_digest"]
        layers = [hashlib.sha256(tar.extractfile(name).read()).hexdigest() for name in manifest["Layers"]]
    assert ["sha256:" + layer for layer in layers] == image["diff_ids"] == json.loads(config)["rootfs"]["diff_ids"]


def test_skopeo_reads_the_docker_archive(built, tmp_path):
    need("skopeo")
    archive = tmp_path / "image.tar"
    image = built.run("build", "--output", f"docker-archive:{archive}", "--json").succeeded().json()["image"]
    said = subprocess.run(["skopeo", "inspect", "--config", "--raw", f"docker-archive:{archive}"], capture_output=True,
                          check=True).stdout
    assert "sha256:" + hashlib.sha256(said).hexdigest() == image["config_digest"]


def tree_of(root):
    return {str(path.relative_to(root)): (path.lstat().st_mode, path.lstat().st_uid, int(path.lstat().st_mtime))
            for path in root.rglob("*")}


def test_squashfs_holds_the_tree(built, tmp_path):
    need("mksquashfs", "unsquashfs")
    file, root = tmp_path / "image.squashfs", tmp_path / "root"
    built.run("build", "--output", f"squashfs:{file}", "--output", f"rootfs:{root}").succeeded()
    subprocess.run(["unsquashfs", "-quiet", "-no-progress", "-d", tmp_path / "back", file], check=True,
                   stdout=subprocess.DEVNULL)
    assert tree_of(tmp_path / "back") == tree_of(root)
    assert (tmp_path / "back/opt/env/bin/tool").read_bytes() == (root / "opt/env/bin/tool").read_bytes()


def test_erofs_holds_the_tree(built, tmp_path):
    need("mkfs.erofs", "fsck.erofs", "dump.erofs")
    file, root = tmp_path / "image.erofs", tmp_path / "root"
    built.run("build", "--output", f"erofs:{file}", "--output", f"rootfs:{root}").succeeded()
    subprocess.run(["fsck.erofs", f"--extract={tmp_path / 'back'}", "--preserve", file], check=True,
                   stdout=subprocess.DEVNULL)
    back, here = tree_of(tmp_path / "back"), tree_of(root)
    assert back.keys() == here.keys()
    assert (tmp_path / "back/opt/env/bin/tool").read_bytes() == (root / "opt/env/bin/tool").read_bytes()
    said = subprocess.run(["dump.erofs", "--path=/usr/share/greeting/version", file], capture_output=True, text=True).stdout
    assert "Uid: 0" in said and "Access: 0644" in said, said


@pytest.mark.parametrize("kind, package", [("squashfs", "squashfs-tools"), ("erofs", "erofs-utils")])
def test_missing_program_is_exit_3_with_its_package(built, tmp_path, kind, package):
    # An empty folder lies over each place where the program may be.
    program = PROGRAMS[kind]
    found = [path for path in (f"{folder}/{program}" for folder in ("/usr/bin", "/usr/sbin", "/usr/local/bin",
                                                                   "/usr/local/sbin")) if os.path.exists(path)]
    if os.geteuid() != 0:
        pytest.skip("needs root to hide a program")
    hide = "".join(f"mount --bind /dev/null {path}; " for path in found)
    error = built.run("build", "--output", f"{kind}:{tmp_path / 'out'}", "--json",
                      prefix=["unshare", "-m", "sh", "-c", hide + 'exec "$@"', "sh"]).failed(3).json()["error"]
    assert error["code"] == "program-missing" and program in error["message"] and package in error["hint"]
    assert not (tmp_path / "out").exists()


def beside(path):
    return sorted(each.name for each in path.parent.iterdir() if each.name.startswith("." + path.name))


@pytest.mark.parametrize("kind", ["rootfs", "oci-archive"])
def test_what_a_killed_one_left_goes_and_nothing_else(built, tmp_path, kind):
    for number in range(9):
        out = tmp_path / f"out{number}"
        process = built.start("build", "--output", f"{kind}:{out}")
        end = time.monotonic() + 60
        while not beside(out) and process.poll() is None and time.monotonic() < end:
            pass
        process.kill()
        process.communicate()
        if beside(out):
            break
    assert not out.exists() and len(beside(out)) == 1, "it was never killed while it wrote"
    strange = [tmp_path / f".{out.name}.backup", tmp_path / f".{out.name}.mlrepro"]
    for folder in strange:
        folder.mkdir()
        (folder / "file").write_text("of somebody else")
    time.sleep(2.1)  # one as young as that may be another's, not held yet
    built.run("build", "--output", f"{kind}:{out}").succeeded()
    assert out.exists() and beside(out) == [folder.name for folder in strange]
    assert all((folder / "file").read_text() == "of somebody else" for folder in strange)


def test_a_folder_may_be_named_with_a_slash_at_its_end(built, tmp_path):
    built.run("build", "--output", f"rootfs:{tmp_path}/out/").succeeded()
    assert (tmp_path / "out/opt/env/bin/tool").exists() and sorted(path.name for path in tmp_path.glob("*out*")) == ["out"]


def test_a_file_may_not(built, tmp_path):
    error = built.run("build", "--json", "--output", f"oci-archive:{tmp_path}/out/").failed(2).json()["error"]
    assert error["code"] == "bad-output" and "slash" in error["hint"]
    assert not (tmp_path / "out").exists()


def test_unknown_kind_names_the_near_one(built):
    error = built.run("build", "--output", "squashf:x", "--json").failed(2).json()["error"]
    assert "squashfs" in error["hint"]
