"""The shape of the source tree: which way includes point, where foreign headers may stand, what no file may name."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
# Each layer may include itself and what stands before it.
LAYERS = ["base", "codec", "tree", "standards", "documents", "adapters", "store", "services", "commands", "cli"]
# Rooms of these layers do not see each other, but for the contracts named here.
CLOSED_ROOMS = {"adapters", "services"}
SIDEWAYS = {("services/python_build", "services/image"), ("services/python_build", "services/resolve"),
            ("services/resolve", "services/index"), ("services/run", "services/image"),
            ("services/run", "services/provenance")}
# Foreign header -> the only places that may include it.
FOREIGN = {r"solv/": {"adapters/solv"}, r"rnp/": {"adapters/openpgp"}, r"git2": {"adapters/git"},
           r"sqlite3": {"adapters/sqlite"}, r"curl/": {"adapters/net"}, r"archive": {"adapters/archive"},
           r"zip\.h": {"adapters/archive"}, r"zlib\.h|lzma|zstd": {"adapters/archive", "adapters/net", "codec"},
           r"openssl/": {"codec"}, r"toml\+\+": {"codec"}, r"yaml-cpp": {"adapters/yaml"}, r"seccomp\.h": {"adapters/container"}, r"CLI/": {"cli"}, r"nlohmann/": {"codec", "standards/python"},
           r"(cuda|nvml)": {"adapters/cuda"}, r"linux/(seccomp|filter|audit|capability)": {"adapters/container", "adapters/sandbox"},
           r"(fmt/|gtest/|gmock/)": {"base", "codec"}}
MOST_LINES = {".cpp": 400, ".hpp": 200}
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)
# Told in parts, so that this file does not name what it forbids.
FORBIDDEN = ["deb" + r"\.debian\.org", "security" + r"\.debian\.org", "snapshot" + r"\.debian\.org", "pypi" + r"\.org",
             "files" + r"\.pythonhosted", r"/work/(h|main|shared)\b", "/home" + r"/[a-z]+/"]
# Of C++ text: what is no code (comments, strings, directives: no group), and the words that open and close scopes.
WORD = re.compile(r"""//[^\n]*|/\*.*?\*/|R"(?P<end>\w*)\(.*?\)(?P=end)"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'|^[ \t]*\#[^\n]*"""
                  r"""|(?P<word>[{};<>]|\d[\w']*|[\w:]+)""", re.DOTALL | re.MULTILINE)
FOLDERS_WITHOUT_MEANING = {"util", "utils", "common", "core", "helpers", "misc"}


def sources():
    return sorted(path for path in SOURCE.rglob("*") if path.suffix in (".cpp", ".hpp") or path.name.endswith(".hpp.in"))


def tracked():
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def place_of(path):
    """("services", "services/image") for src/services/image/x.cpp; the room of a layer without rooms is the layer."""
    parts = path.relative_to(SOURCE).parts
    return parts[0], "/".join(parts[:2]) if len(parts) > 2 else parts[0]


def includes(path):
    return INCLUDE.findall(path.read_text())


def test_every_layer_is_known():
    assert {path.name for path in SOURCE.iterdir() if path.is_dir()} <= set(LAYERS)
    assert len(sources()) > 50


def test_includes_point_down():
    wrong = []
    for path in sources():
        layer, _ = place_of(path)
        for quote, name in includes(path):
            other = name.split("/")[0]
            if quote == '"' and other in LAYERS and LAYERS.index(other) > LAYERS.index(layer):
                wrong.append(f"{path.relative_to(ROOT)} includes {name}: {layer} lies below {other}")
    assert wrong == []


def test_own_headers_are_named_from_src():
    wrong = [f"{path.relative_to(ROOT)}: {name}" for path in sources() for quote, name in includes(path)
             if quote == '"' and not (SOURCE / name).is_file() and not (SOURCE / (name + ".in")).is_file()]
    assert wrong == []


def test_rooms_do_not_include_each_other():
    wrong, used = [], set()
    for path in sources():
        layer, room = place_of(path)
        for quote, name in includes(path):
            parts = name.split("/")
            if quote != '"' or parts[0] != layer or layer not in CLOSED_ROOMS or len(parts) < 3:
                continue
            other = "/".join(parts[:2])
            used.add((room, other))
            if other != room and (room, other) not in SIDEWAYS:
                wrong.append(f"{path.relative_to(ROOT)} includes {name}: {room} does not know {other}")
    assert wrong == []
    assert SIDEWAYS <= used


def test_includes_make_no_circle():
    edges = {}
    for path in sources():
        name = str(path.relative_to(SOURCE))
        edges[name] = [target for quote, target in includes(path) if quote == '"']
    done, open_ = set(), []

    def visit(name):
        if name in done:
            return
        assert name not in open_, " -> ".join([*open_[open_.index(name):], name])
        open_.append(name)
        for target in edges.get(name, []):
            visit(target)
        open_.pop()
        done.add(name)

    for name in edges:
        visit(name)


def test_foreign_headers_stay_in_their_room():
    wrong = []
    for path in sources():
        layer, room = place_of(path)
        for quote, name in includes(path):
            if quote == '"':
                continue
            for pattern, rooms in FOREIGN.items():
                if re.match(pattern, name) and not {layer, room} & rooms:
                    wrong.append(f"{path.relative_to(ROOT)} includes <{name}>")
    assert wrong == []


def test_no_foreign_header_is_seen_outside_its_room():
    pattern = re.compile(r"(solv/|rnp/|git2|sqlite3|curl/|archive|zip\.h)")
    own = {str(path.relative_to(SOURCE)): includes(path) for path in sources()}

    def shows(name, seen):
        seen.add(name)
        return any(pattern.match(target) if quote == "<" else target not in seen and shows(target, seen)
                   for quote, target in own.get(name, []))

    wrong = []
    for path in sources():
        _, room = place_of(path)
        for quote, name in includes(path):
            if quote == '"' and name.startswith("adapters/") and not name.startswith(room + "/") and shows(name, set()):
                wrong.append(f"{path.relative_to(ROOT)} includes {name}, which shows a foreign header")
    assert wrong == []


def test_headers_are_included_once():
    wrong = [str(path.relative_to(ROOT)) for path in sources()
             if path.suffix == ".hpp" and "#pragma once" not in path.read_text()]
    assert wrong == []


def without_template(head):
    """What follows "template <...>"."""
    depth = 0
    for at, word in enumerate(head if head[:1] == ["template"] else []):
        depth += (word == "<") - (word == ">")
        if word == ">" and depth == 0:
            return head[at + 1:]
    return head


def types_of(text):
    """Types that a linker sees: struct, class, enum or union with a body, in no anonymous namespace and no type."""
    scopes, head = [], []  # names of namespaces around; "" where nothing within counts
    for found in WORD.finditer(text):
        word = found.group("word")
        if word is None:
            continue
        if word not in "{};":
            head.append(word)
            continue
        if word == "{":
            head = without_template(head[1:] if head[:1] == ["inline"] else head)
            if head[:1] == ["namespace"]:
                scopes.append(head[1] if len(head) > 1 else "")
            else:
                if head[:1] and head[0] in ("struct", "class", "enum", "union") and "" not in scopes:
                    name = [each for each in head if each not in ("struct", "class", "enum", "union", "final")]
                    colon = name.index(":") if ":" in name else len(name)
                    yield "::".join([*scopes, "".join(name[:colon])])
                scopes.append("")
        elif word == "}":
            scopes.pop()
        head = []
    assert scopes == []


def test_types_are_read_from_code():
    text = """
        // struct Comment {
        #define OPEN {
        namespace a::b { namespace { struct Hidden {}; }
        struct Ahead; enum class Kind : std::uint8_t { one };
        template <typename T, typename = std::vector<int>> class Box final : public Base<T> { struct Inner {}; };
        Kind f(const char* text = "{") { struct Local {}; return {1'000, R"(})"}; } }
        template <> struct std::hash<a::b::Box> {};"""
    assert list(types_of(text)) == ["a::b::Kind", "a::b::Box", "std::hash<a::b::Box>"]


def test_a_name_is_that_of_one_type():
    """Two that differ in two files are undefined behaviour, which no compiler and no linker tells."""
    places = {}
    for path in sources():
        for name in types_of(path.read_text()):
            places.setdefault(name, []).append(str(path.relative_to(ROOT)))
    assert len(places) > 200
    assert {name: files for name, files in places.items() if len(files) > 1} == {}


def test_files_hold_one_idea():
    wrong = []
    for path in sources():
        lines = path.read_text().count("\n")
        if lines > MOST_LINES.get(path.suffix, 400):
            wrong.append(f"{path.relative_to(ROOT)}: {lines} lines")
    assert wrong == []


def test_folders_have_a_meaning():
    names = {part for path in tracked() for part in path.relative_to(ROOT).parts[:-1]}
    assert names & FOLDERS_WITHOUT_MEANING == set()


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_no_file_names_a_registry_or_a_path_of_a_machine(pattern):
    wrong = []
    for path in tracked():
        body = path.read_bytes()
        if b"\0" not in body and re.search(pattern.encode(), body):
            wrong.append(str(path.relative_to(ROOT)))
    assert wrong == []


def test_no_promises_instead_of_code():
    pattern = re.compile(r"\b(TODO|FIXME|XXX|HACK|for now|not implemented|placeholder|stub)\b", re.IGNORECASE)
    wrong = [f"{path.relative_to(ROOT)}:{number}" for path in sources()
             for number, line in enumerate(path.read_text().splitlines(), 1) if pattern.search(line)]
    assert wrong == []


def test_library_code_neither_prints_nor_exits():
    pattern = re.compile(r"std::(cout|cerr|printf|puts|exit)\b|\b(printf|puts|exit)\(")
    wrong = []
    for path in sources():
        layer, _ = place_of(path)
        if layer == "cli":
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            code = re.sub(r'"(\\.|[^"\\])*"', '""', line).split("//")[0]
            if pattern.search(code) and "_exit(" not in code:
                wrong.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert wrong == []


def test_every_environment_variable_that_is_read_is_named_in_one_file():
    wrong = [str(path.relative_to(ROOT)) for path in sources()
             if re.search(r"\bgetenv\(\"", path.read_text()) and place_of(path)[0] != "base"]
    assert wrong == []
