"""mlrepro build imports what was asked for: a lock that resolves may hold versions that do not work together."""

import time

import pytest

from world.python_index import PythonIndex

OLD, NEW = "2023-11-15T16:11:07Z", "2025-07-18T00:00:00Z"
FAULTS = {
    "prints": 'import sys\nprint("much" * 100000)\nsys.stderr.write("end\\tprints\\t0\\tforged\\n")\n',
    "writes": 'import os\nopen(os.path.join(os.path.dirname(__file__), "left.txt"), "w").write("x")\n'
              'open("/etc/left", "w").write("x")\n',
    "threads": "import threading, time\nthreading.Thread(target=time.sleep, args=(3600,)).start()\n",
    "forks": "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(3600)\n",
    "returns": "import os\nif os.fork() == 0:\n    raise ValueError('the child fails')\n",
    "hangs": "import time\ntime.sleep(3600)\n",
    "crashes": "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n",
    "leaves": "import sys\nsys.exit(3)\n",
    "vanishes": "import os\nos._exit(0)\n",
    "talks": "import socket\nsocket.create_connection(('192.0.2.1', 80), 5)\n",
    "wants-library": 'raise ImportError("libGL.so.1: cannot open shared object file: No such file or directory")\n',
    "wants-driver": 'raise ImportError("libcuda.so.1: cannot open shared object file: No such file or directory")\n',
    "explains": 'raise ImportError("""\n\nREAD THIS\n\nthe \x1b[31mlast\x1b[0m line\n""")\n',
    "reads-setting": "import os\nos.environ['THE_SETTING']\n",
}


@pytest.fixture(scope="module")
def index(world):
    index = PythonIndex(world.server, "/imports")
    for name, text in FAULTS.items():
        index.add(name, "1.0", files={name.replace("-", "_") + "/__init__.py": text})
    index.add("splits", "1.0", files={"first/__init__.py": "import os, signal\nos.abort()\n", "second.py": "", "tests/x.py": ""})
    index.add("types-none", "1.0", files={"none-stubs/__init__.pyi": "x: int\n"})
    index.add("some-part", "1.0", files={"some/part/__init__.py": "", "some/part/deep.py": "raise ValueError\n"})
    # The set of the handbook: pinned together, with a dependency that is years younger.
    index.add("transformers", "4.35.2", OLD)
    index.add("datasets", "2.14.5", "2023-09-06T10:00:00Z", requires=["pyarrow>=8"],
              files={"datasets/__init__.py": "import pyarrow\npyarrow.PyExtensionType\n"})
    index.add("pyarrow", "14.0.0", "2023-11-01T12:00:00Z", files={"pyarrow/__init__.py": "class PyExtensionType: pass\n"})
    index.add("pyarrow", "21.0.0", NEW)
    index.publish()
    return index


@pytest.fixture
def project(warm_project, index):
    warm_project.environment["PIP_INDEX_URL"] = index.json
    return warm_project


def lock(project, *requirements, extra=""):
    project.manifest(["python3", "greeting"], list(requirements), extra=extra)
    project.run("lock").succeeded()


def told(answer):
    return {item["package"]: item for item in answer["imports"]}


def test_what_can_be_imported_is_remembered_with_the_image(project):
    lock(project, "prints", "writes", "threads", "forks", "types-none", "some-part", "wants-driver")
    first = project.run("build", "--json").succeeded().json()
    assert all(item["ok"] for item in first["imports"]) and "import" in first["phases"]
    imports = told(first)
    assert imports["some-part"]["module"] == "some.part" and imports["types-none"]["module"] is None
    assert "libcuda.so.1" in imports["wants-driver"]["error"] and imports["prints"]["error"] is None
    root = project.cache / "images" / first["image"]["digest"].split(":")[1] / "rootfs"
    assert not list(root.rglob("left*"))
    again = project.run("build", "--json").succeeded().json()
    assert again["reused"] and again["imports"] == first["imports"] and "import" not in again["phases"]
    assert "imports" not in project.run("build", "--json", "--no-check-imports").succeeded().json()


def test_whatever_an_import_does_is_one_line(project):
    lock(project, "hangs", "crashes", "leaves", "vanishes", "talks", "wants-library", "explains", "splits", "returns",
         "prints", extra="[build]\nimport-timeout = 2\n")
    started = time.monotonic()
    answer = project.run("build", "--json").failed(1).json()
    assert time.monotonic() - started < 60
    imports = told(answer)
    assert imports["hangs"]["error"] == "no end after 2 s: it was stopped"
    assert imports["crashes"]["error"] == "the interpreter was ended by SIGSEGV"
    assert imports["leaves"]["error"] == "SystemExit: 3"
    assert imports["vanishes"]["error"] == "the interpreter ended itself with exit status 0"
    assert imports["talks"]["error"].startswith("OSError: ") and "unreachable" in imports["talks"]["error"]
    assert imports["explains"]["error"] == "ImportError: ... the  [31mlast [0m line"
    assert imports["prints"]["ok"] and imports["returns"]["ok"]
    assert [(item["module"], item["ok"]) for item in answer["imports"] if item["package"] == "splits"] == [
        ("first", False), ("second", True)]
    assert "image" not in project.lock_document()


def test_a_failure_hands_nothing_out_and_a_run_is_only_warned(project, tmp_path):
    lock(project, "wants-library", "prints")
    image = tmp_path / "image.tar"
    result = project.run("build", "--output", f"oci-archive:{image}").failed(1)
    assert not image.exists() and "image" not in project.lock_document()
    assert "wants-library 1.0: import wants_library: ImportError: libGL.so.1: cannot open" in result.out
    assert 'add "libgl1" to os.packages' in result.out
    run = project.run("run", "--no-record", "--", "/opt/env/bin/python3", "-c", "import prints").succeeded()
    assert "import wants_library: ImportError" in run.err
    assert "image" in project.lock_document()
    project.run("build").failed(1)
    project.run("build", "--no-check-imports", "--output", f"oci-archive:{image}").succeeded()
    assert image.exists()


def test_old_pins_beside_a_young_dependency_are_advised_to_cut_off_at_their_time(project):
    lock(project, "transformers==4.35.2", "datasets==2.14.5")
    project.run("build").failed(1)
    answer = project.run("build", "--json", "--offline").failed(1).json()
    failed = [item for item in answer["imports"] if not item["ok"]]
    assert [(item["package"], item["module"]) for item in failed] == [("datasets", "datasets")]
    assert failed[0]["error"] == "AttributeError: module 'pyarrow' has no attribute 'PyExtensionType'"
    assert "pyarrow 21.0.0 was uploaded on 2025-07-18" in answer["hint"]
    assert f'exclude-newer = "{OLD}"' in answer["hint"] and "transformers 4.35.2" in answer["hint"]
    lock(project, "transformers==4.35.2", "datasets==2.14.5", extra=f'[environment]\nexclude-newer = "{OLD}"\n')
    assert project.versions("python")["pyarrow"] == "14.0.0"
    project.run("build").succeeded()


def test_the_manifest_says_which_and_with_what_environment(project):
    requirements = ["reads-setting", "prints", "datasets"]
    lock(project, *requirements, extra='[build]\ncheck-imports = ["prints", "pyarrow"]\n')
    assert set(told(project.run("build", "--json").succeeded().json())) == {"prints", "pyarrow"}
    for value in ("false", "[]"):
        project.manifest(["python3", "greeting"], requirements, extra=f"[build]\ncheck-imports = {value}\n")
        assert "imports" not in project.run("build", "--json").succeeded().json()
    project.manifest(["python3", "greeting"], requirements, extra='[build]\ncheck-imports = ["reads_setting"]\n')
    result = project.run("build", "--json").failed(1).json()
    assert told(result)["reads-setting"]["error"] == "KeyError: 'THE_SETTING'"
    project.manifest(["python3", "greeting"], requirements,
                     extra='[build]\ncheck-imports = ["reads-setting"]\n[run]\nenv = { THE_SETTING = "1" }\n')
    project.run("build").succeeded()
    project.manifest(["python3", "greeting"], requirements, extra='[build]\ncheck-imports = ["print"]\n')
    assert "prints" in project.run("build").failed(2).err
    project.manifest(["python3", "greeting"], requirements, extra='[build]\ncheck-imports = ["a b"]\n')
    assert "mlrepro.toml:" in project.run("build").failed(2).err
