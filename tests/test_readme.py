from __future__ import annotations

import re
import shlex
import shutil
from itertools import pairwise
from pathlib import Path

import pytest

import create_gif_from_photos_folder
import face_montage
import mosaic
import video
from photomosaic.example import make_example

PROJECT = Path(__file__).resolve().parents[1]
README = (PROJECT / "README.md").read_text()
SCRIPTS = {
    "mosaic.py": mosaic,
    "video.py": video,
    "face_montage.py": face_montage,
}
# Its options have no tables yet, so only its commands are looked at.
PARSED_ONLY = {"create_gif_from_photos_folder.py": create_gif_from_photos_folder}


def commands() -> list[list[str]]:
    """Return the words of each command that runs one of the scripts."""
    blocks = re.findall(r"^```sh\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(line)[1:] for line in lines if line.startswith("python ")]


def test_there_are_commands():
    assert len(commands()) >= 3


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_parses(words):
    if "--project" in words:
        return  # parsed as it is run, since the project has to exist
    (SCRIPTS | PARSED_ONLY)[words[0]].build_parser().parse_args(words[1:])


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project") / "media" / "example"
    make_example(folder)
    return folder


@pytest.mark.parametrize(
    "words", [words for words in commands() if "media/example/photos" in words], ids=" ".join
)
def test_commands_on_the_example_run_as_they_stand(example, words, monkeypatch, tmp_path):
    shutil.copytree(example, tmp_path / "media" / "example")
    monkeypatch.chdir(tmp_path)
    arguments = [*words[1:], "--cache-dir", str(tmp_path / "cache")]
    assert SCRIPTS[words[0]].main(arguments) == 0
    if "--save-project" in words:
        run_again(words[words.index("--save-project") + 1], str(tmp_path / "cache"))
        return
    given = dict(pairwise(words))
    name = Path(given["--savepath"]).name
    for mark, value in (("%s", Path(given["--target"]).stem), ("%d", given["--scale"])):
        name = name.replace(mark, value)
    expected = {name}
    if "--sheets" in given:
        expected.add(f"{Path(name).stem}-sheets.pdf")
    if "--zoom-page" in given:
        expected.add(Path(given["--zoom-page"]).name)
    saved = list((tmp_path / "media" / "output").iterdir())
    assert {path.name for path in saved} == expected


def run_again(project, cache):
    """Run the commands that render a project again."""
    again = [words for words in commands() if project in words and "--project" in words]
    assert again
    for words in again:
        assert SCRIPTS[words[0]].main([*words[1:], "--cache-dir", cache]) == 0


def test_every_option_is_in_a_table_and_every_table_option_exists():
    options = {
        option
        for script in SCRIPTS.values()
        for action in script.build_parser()._actions
        for option in action.option_strings
        if option not in ("-h", "--help")
    }
    rows = re.findall(r"^\| (`--.*?) \|", README, flags=re.MULTILINE)
    told = {option for row in rows for option in re.findall(r"`(--[a-z-]+)`", row)}
    assert told == options


def test_defaults_in_the_tables_are_the_parsers():
    defaults_of = {
        action.option_strings[0]: action.default
        for script in SCRIPTS.values()
        for action in script.build_parser()._actions
    }
    rows = [line.split("|")[1:] for line in README.splitlines() if line.startswith("| `--")]
    assert len(rows) >= 18
    for names, _, told in (map(str.strip, row[:3]) for row in rows):
        options = re.findall(r"--[a-z-]+", names)
        defaults = [defaults_of[option] for option in options if option in defaults_of]
        if told in ("on", "off"):
            assert defaults[0] is (told == "on"), names
        elif re.fullmatch(r"[\d., ]+|[a-z]+", told):
            assert told == ", ".join(
                f"{value:g}" if isinstance(value, float) else str(value) for value in defaults
            ), names


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", README))
def test_every_link_leads_somewhere(link):
    assert (PROJECT / link).is_file()
