"""apt itself, in an empty root of its own: what it would install is what a lock without special wishes holds."""

import os
import re
import shutil
import subprocess


def is_here():
    return shutil.which("apt-get") is not None


class Apt:
    """`sources`: text of a .sources file; `preferences`: of apt_preferences(5)."""

    def __init__(self, folder, sources, preferences="", architecture="amd64", recommends=False, options=""):
        self.root = folder
        for path in ("etc/apt/apt.conf.d", "etc/apt/preferences.d", "etc/apt/sources.list.d", "etc/apt/trusted.gpg.d",
                     "var/lib/apt/lists/partial", "var/cache/apt/archives/partial", "var/lib/dpkg", "var/log/apt"):
            folder.joinpath(path).mkdir(parents=True, exist_ok=True)
        folder.joinpath("var/lib/dpkg/status").write_text("")
        folder.joinpath("etc/apt/sources.list.d/tests.sources").write_text(sources)
        folder.joinpath("etc/apt/preferences").write_text(preferences)
        configuration = folder / "apt.conf"
        configuration.write_text(
            f'Dir "{folder}/";\nDir::State::status "{folder}/var/lib/dpkg/status";\nDir::Bin::methods '
            f'"/usr/lib/apt/methods";\nAPT::Architecture "{architecture}";\nAPT::Architectures {{ "{architecture}"; }};\n'
            f'APT::Install-Recommends "{str(recommends).lower()}";\nAPT::Sandbox::User "root";\n'
            f'Acquire::Languages "none";\nAcquire::http::Proxy::127.0.0.1 "DIRECT";\nDebug::NoLocking "true";\n{options}')
        self.environment = {**os.environ, "APT_CONFIG": str(configuration), "LC_ALL": "C.UTF-8"}
        self._get("update").check_returncode()

    def _get(self, *arguments):
        return subprocess.run(["apt-get", "-q", *arguments], env=self.environment, capture_output=True, text=True)

    def choice(self, *wishes):
        """{name: version} of what it would install, or None where it cannot."""
        result = self._get("-s", "-y", "install", *wishes)
        if result.returncode != 0:
            return None
        return dict(re.findall(r"^Inst (\S+?)(?::\w+)? \((\S+) ", result.stdout, re.MULTILINE))

    def solution(self, *wishes, recommends=False):
        """{name: version} that its solver decided on, also where it then finds no order to configure them in."""
        result = self._get("-s", "-V", "-y", "-o", f"APT::Install-Recommends={str(recommends).lower()}", "install", *wishes)
        new = re.search(r"^The following NEW packages will be installed:\n((?: .*\n)*)", result.stdout, re.MULTILINE)
        if not new:
            assert result.returncode != 0 or " 0 newly installed" in result.stdout, result.stdout
            return None if result.returncode != 0 else {}
        return dict(re.findall(r"^ +([^ :]+)(?::\w+)? \((\S+)\)$", new.group(1), re.MULTILINE))
