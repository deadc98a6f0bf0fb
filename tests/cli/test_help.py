from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from photomosaic.cli.help import coloured_help, has_colours
from photomosaic.options.fields import script_fields
from photomosaic.options.scripts import BY_SCRIPT, MOST_NEEDED

PROJECT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(BY_SCRIPT)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(script, words, stream=None):
    """Return what a script prints with these words."""
    parser = import_module(script).COMMAND.parser()
    stream = stream or io.StringIO()
    old, sys.stdout = sys.stdout, stream
    try:
        with pytest.raises(SystemExit) as stopped:
            parser.parse_args(words)
    finally:
        sys.stdout = old
    assert stopped.value.code == 0
    return stream.getvalue()


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_short_help_has_the_options_most_needed_and_fits_a_screen(script):
    fields = {field.name: field for _, field in script_fields(BY_SCRIPT[script], script)}
    names = MOST_NEEDED[script]
    assert len(names) <= 12
    assert {name for name, field in fields.items() if field.required} <= set(names)
    lines = shown(script, ["--help"]).splitlines()
    assert len(lines) <= 45
    listed = re.findall(r"^  (--[a-z-]+)", "\n".join(lines), re.MULTILINE)
    assert listed == [*(fields[name].flag for name in names), "--help-all"]
    assert lines[0].startswith(f"usage: {script}.py ")
    assert lines[0].endswith(" [options]")
    assert lines[1] == ""
    assert "example:" in lines


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_long_help_has_all_options(script):
    text = shown(script, ["--help-all"])
    fields = [field for _, field in script_fields(BY_SCRIPT[script], script)]
    for field in fields:
        assert re.search(rf"^  {field.flag}\b", text, re.MULTILINE)
    assert f"show all {len(fields)} options" in text
    assert text.splitlines()[1] == ""


def test_a_clause_after_the_first_is_in_the_long_help_alone():
    assert "a whole number from" not in shown("mosaic", ["--help"])
    assert "a whole number from" in shown("mosaic", ["--help-all"])


def test_colours_on_a_terminal_only(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    plain = shown("mosaic", ["--help"])
    assert "\033" not in plain
    coloured = shown("mosaic", ["--help"], Terminal())
    assert "\033[36m--target\033[0m FILE" in coloured
    assert "\033[1musage:\033[0m" in coloured
    assert re.sub(r"\033\[\d*m", "", coloured) == plain
    for name, value in (("NO_COLOR", "1"), ("TERM", "dumb")):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            assert not has_colours(Terminal())
    assert not has_colours(None)


def test_what_is_no_option_has_no_colour():
    assert coloured_help("well-known 3-4 text: x") == "well-known 3-4 text: x"


def completions(line, tmp_path):
    """Return what argcomplete offers at the end of a line."""
    answer = tmp_path / "answer"
    variables = {"_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line))}
    variables |= {"_ARGCOMPLETE_IFS": "\n", "_ARGCOMPLETE_STDOUT_FILENAME": str(answer)}
    command = [sys.executable, str(PROJECT / line.split()[0])]
    subprocess.run(command, env=os.environ | variables, cwd=tmp_path, check=True)
    return answer.read_text().split("\n")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("--tar", ["--target", "--target-width"]),
        ("--crop s", ["skip", "stretch"]),
        ("--target ", ["a.jpg", "folder/"]),
        ("--codebook-dir ", ["folder/"]),
        ("--scale ", [""]),
    ],
)
def test_the_shell_is_offered_options_words_and_files(typed, offered, tmp_path):
    (tmp_path / "a.jpg").touch()
    (tmp_path / "folder").mkdir()
    found = completions(f"mosaic.py {typed}", tmp_path)
    assert sorted(word.strip() for word in found if word != "answer") == offered


def test_scripts_say_that_they_can_be_completed():
    for script in SCRIPTS:
        assert b"PYTHON_ARGCOMPLETE_OK" in (PROJECT / f"{script}.py").read_bytes()[:1024]
