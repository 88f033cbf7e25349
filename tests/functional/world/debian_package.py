"""Makes .deb files with dpkg-deb: tiny ones from nothing, working ones from what is installed on this machine."""

import os
import re
import shutil
import subprocess
from pathlib import Path

# What a working root needs so that dpkg can configure packages in it and Python can run in it.
SEEDS = ["base-files", "base-passwd", "coreutils", "dash", "diffutils", "dpkg", "grep", "libc-bin", "sed", "tar",
         "python3"]
ESSENTIAL = set(SEEDS) - {"python3"}
LEFT_OUT = {"debconf", "tzdata", "media-types", "libdebconfclient0", "lsb-release", "install-info"}
# Neither a program nor a module of its own: what the tests can do without, for speed.
SKIPPED = re.compile(
    r"^/usr/share/(doc|man|info|locale|lintian|bug|perl5|polkit-1|pixmaps|applications|menu|zsh|bash-completion)/"
    r"|^/usr/lib/[^/]+/gconv/|^/usr/lib/python3[^/]*/(test|idlelib|lib2to3|ensurepip|distutils|tkinter|config-|pydoc)"
    r"|^/usr/lib/python3/dist-packages|/__pycache__/|^/etc/init\.d/|^/etc/(cron|logrotate|systemd)|^/lib/systemd"
)
# Folders in the packages, links on a machine with merged /usr.
MERGED = {"/.", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"}
KEPT_SCRIPTS = {"libc-bin": ["postinst", "triggers"]}
# The real ones need update-passwd and debconf; the result is the same file.
ACCOUNTS = {
    "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
    "/etc/group": "root:x:0:\ntty:x:5:\nshadow:x:42:\nutmp:x:43:\nstaff:x:50:\nnogroup:x:65534:\n",
}


def pack(folder, output, fields, files=None, scripts=None, tree=None, compression="xz"):
    """One .deb. `files`: path -> text, bytes, or a link as ("link", target); `tree`: a folder already filled."""
    staged = Path(tree or folder / "tree")
    control = staged / "DEBIAN"
    control.mkdir(parents=True)
    for path, content in (files or {}).items():
        target = staged / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, tuple):
            target.symlink_to(content[1])
        else:
            target.write_bytes(content if isinstance(content, bytes) else content.encode())
            if path.startswith(("/usr/bin/", "/usr/sbin/")):
                target.chmod(0o755)
    defaults = {"Maintainer": "Tests <tests@example.org>", "Description": "made by a test"}
    text = "".join(f"{key}: {value}\n" for key, value in {**fields, **defaults}.items() if value)
    (control / "control").write_text(text)
    for name, script in (scripts or {}).items():
        (control / name).write_text(script)
        (control / name).chmod(0o644 if name in ("triggers", "conffiles") else 0o755)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
    subprocess.run(["dpkg-deb", "--root-owner-group", f"-Z{compression}", "-z1", "--build", staged, output], check=True,
                   stdout=subprocess.DEVNULL, env=environment)
    shutil.rmtree(staged)
    return output


def _query(package, field):
    answer = subprocess.run(["dpkg-query", "-W", f"-f=${{{field}}}\n", package], capture_output=True, text=True)
    return answer.stdout.splitlines()[0].strip() if answer.returncode == 0 and answer.stdout else ""


def _names(relations):
    """The first alternative of each group, without version and architecture."""
    return [re.split(r"[ (:|]", group.strip())[0] for group in relations.split(",") if group.strip()]


class InstalledPackages:
    """The part of this machine's installation that SEEDS need, repacked."""

    def __init__(self):
        self.fields = {}
        queue = list(SEEDS)
        while queue:
            name = queue.pop()
            if name in self.fields or name in LEFT_OUT:
                continue
            version = _query(name, "Version")
            if not version:
                continue
            needs = [_query(name, "Pre-Depends"), _query(name, "Depends")]
            self.fields[name] = {"Package": name, "Version": version, "Architecture": _query(name, "Architecture"),
                                 "Multi-Arch": _query(name, "Multi-Arch"), "Provides": _query(name, "Provides"),
                                 "needs": needs}
            queue += [need for relations in needs for need in _names(relations)]

    def _relations(self, relations):
        groups = [group.strip() for group in relations.split(",") if group.strip()]
        return ", ".join(group for group in groups if _names(group)[0] in self.fields)

    def pack_all(self, folder, pool):
        debs = []
        for name, known in sorted(self.fields.items()):
            fields = dict(known)
            pre, depends = fields.pop("needs")
            fields["Pre-Depends"], fields["Depends"] = self._relations(pre), self._relations(depends)
            fields["Essential"] = "yes" if name in ESSENTIAL else ""
            fields["Priority"] = "required" if name in ESSENTIAL else "optional"
            tree = folder / name
            files = ACCOUNTS if name == "base-passwd" else {}
            _copy_installed(name, tree)
            scripts = {}
            for kind in KEPT_SCRIPTS.get(name, []):
                source = Path("/var/lib/dpkg/info") / f"{name}.{kind}"
                if source.is_file():
                    scripts[kind] = source.read_text()
            file_name = f"{name}_{fields['Version'].split(':')[-1]}_{fields['Architecture']}.deb"
            debs.append(pack(folder, pool / file_name, fields, files, scripts, tree, "gzip"))
        return debs


def _copy_installed(package, tree):
    tree.mkdir(parents=True)
    listed = subprocess.run(["dpkg-query", "-L", package], capture_output=True, text=True, check=True).stdout
    for line in listed.splitlines():
        source = Path(line)
        if line in MERGED or SKIPPED.search(line + "/") or not (source.is_symlink() or source.is_file()):
            continue
        target = tree / line.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_symlink():
            target.symlink_to(os.readlink(source))
        else:
            shutil.copyfile(source, target)
            target.chmod(source.stat().st_mode & 0o755)
