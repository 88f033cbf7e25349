"""The manual: a page for every command, every long option in its page, and no page that mandoc complains of."""

import re
import subprocess

import pytest
from world.program import ROOT, program_path

MAN = ROOT / "man"
PAGES = sorted(MAN.glob("*.[15]"))


def help_of(*words):
    return subprocess.run([program_path(), *words, "--help"], check=True, capture_output=True, text=True).stdout


def commands():
    block = help_of().split("\ncommands\n")[1].split("\n\n")[0]
    return re.findall(r"^  (\S+)", block, re.MULTILINE)


def options_of(command):
    """Also those of the commands below it."""
    help_text = help_of(command)
    below = re.findall(r"^  ([a-z]\S*)  ", help_text.partition("\nSubcommands:\n")[2].partition("\n\n")[0], re.MULTILINE)
    return long_options(help_text).union(*(long_options(help_of(command, each)) for each in below))


def text_of(page):
    shown = subprocess.run(["mandoc", "-T", "utf8", page], check=True, capture_output=True, text=True).stdout
    return re.sub(r".\x08", "", shown)  # overstrikes are how bold is written


def long_options(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_mandoc_has_nothing_to_complain_of(page):
    lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True)
    assert (lint.returncode, lint.stdout + lint.stderr) == (0, "")


def test_global_options_are_in_the_overview():
    assert long_options(help_of()) <= long_options(text_of(MAN / "mlrepro.1"))


def test_every_command_has_a_page_with_its_options():
    assert commands()
    for command in commands():
        page = MAN / f"mlrepro-{command}.1"
        assert page.is_file(), f"no manual page for {command}"
        assert options_of(command) <= long_options(text_of(page)), command


def test_pages_name_no_option_that_does_not_exist():
    everything = long_options(help_of())
    for command in commands():
        everything |= options_of(command)
    # Those of requirements files are told on the manifest's page.
    everything |= long_options((ROOT / "src/documents/config/requirements_options.cpp").read_text())
    for page in PAGES:
        assert long_options(text_of(page)) <= everything, page.name


def test_every_manifest_key_is_in_its_page():
    parser = (ROOT / "src/documents/config/manifest.cpp").read_text()
    keys = set(re.findall(r'\.(?:text|texts|flag|choice|text_table|tables?)\("([a-z-]+)"', parser))
    text = text_of(MAN / "mlrepro.toml.5")
    assert keys and not {key for key in keys if not re.search(rf"\b{re.escape(key)}\b", text)}


def test_every_variable_named_in_the_overview_is_one_that_is_read():
    listed = (ROOT / "src/base/environment.hpp").read_text()
    text = text_of(MAN / "mlrepro.1").split("\nENVIRONMENT\n")[1].split("\nFILES\n")[0]
    for name in re.findall(r"^ {5}([A-Z_]{4,})$", text, re.MULTILINE):
        assert f'"{name}"' in listed, name
