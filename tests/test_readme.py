from __future__ import annotations

import re
import shlex
import shutil
from itertools import pairwise
from pathlib import Path

import pytest

import create_gif_from_photos_folder
import face_montage
import interactive
import make_gif
import mosaic
import performance
import video
from photomosaic.example import make_example

PROJECT = Path(__file__).resolve().parents[1]
README = (PROJECT / "README.md").read_text()
SCRIPTS = {
    "mosaic.py": mosaic,
    "video.py": video,
    "make_gif.py": make_gif,
    "performance.py": performance,
    "interactive.py": interactive,
    "face_montage.py": face_montage,
    "create_gif_from_photos_folder.py": create_gif_from_photos_folder,
}


def sections() -> dict[str, str]:
    """Return the text of each chapter by the script that it is about; the rest is mosaic.py's."""
    texts = dict.fromkeys(SCRIPTS, "")
    for chapter in re.split(r"^## ", README, flags=re.MULTILINE):
        name = chapter.partition(":")[0]
        texts[name if name in SCRIPTS else "mosaic.py"] += chapter
    return texts


def options_of(script) -> dict[str, object]:
    actions = script.COMMAND.parser()._actions
    pairs = [(option, action.default) for action in actions for option in action.option_strings]
    return {option: default for option, default in pairs if option not in ("-h", "--help")}


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
    SCRIPTS[words[0]].COMMAND.parser().parse_args(words[1:])


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
    cache = ["--cache-dir", str(tmp_path / "cache")]
    arguments = words[1:] if words[0] == "performance.py" else [*words[1:], *cache]
    assert SCRIPTS[words[0]].main(arguments) == 0
    if "--save-project" in words:
        run_again(words[words.index("--save-project") + 1], str(tmp_path / "cache"))
        return
    if words[0] == "performance.py":
        saved = {path.suffix for path in (tmp_path / "media/output/performance").iterdir()}
        assert saved == {".png", ".json", ".md"}
        return
    given = dict(pairwise(words))
    name = Path(given["--savepath"]).name
    scales = [given[o] for o in ("--scale", "--min-scale", "--max-scale") if o in given]
    for mark, value in [("%s", Path(given["--target"]).stem), *(("%d", s) for s in scales)]:
        name = name.replace(mark, value, 1)
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


def rows_of(text: str) -> list[list[str]]:
    """Return the cells of the rows that tell of options."""
    lines = [line for line in text.splitlines() if line.startswith("| `--")]
    return [[cell.strip() for cell in line.split("|")[1:]] for line in lines]


def told_in(text: str) -> set[str]:
    return {option for row in rows_of(text) for option in re.findall(r"`(--[a-z-]+)`", row[0])}


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_option_is_in_a_table_and_every_table_option_exists(name):
    options, texts = set(options_of(SCRIPTS[name])), sections()
    own = told_in(texts[name])
    assert own <= options
    # What scripts share is told with mosaic.py, and what is on animations with make_gif.py.
    shared = told_in(texts["mosaic.py"]) | told_in(texts["make_gif.py"])
    assert options - own <= (set() if name == "mosaic.py" else shared)


@pytest.mark.parametrize("name", SCRIPTS)
def test_defaults_in_the_tables_are_the_parsers(name):
    defaults_of, rows = options_of(SCRIPTS[name]), rows_of(sections()[name])
    assert len(rows) >= 3
    for names, _, told, *_ in rows:
        options = re.findall(r"--[a-z-]+", names)
        defaults = [defaults_of[option] for option in options if option in defaults_of]
        if told in ("on", "off"):
            assert defaults[0] is (told == "on"), names
        elif re.fullmatch(r"[\d., ]+|[a-z]+", told):
            assert told == ", ".join(
                f"{value:g}" if isinstance(value, float) else str(value) for value in defaults
            ), names


@pytest.mark.parametrize("name", SCRIPTS)
def test_choices_in_the_tables_are_the_parsers(name):
    actions = SCRIPTS[name].COMMAND.parser()._actions
    choices = {a.option_strings[0]: [str(c) for c in a.choices] for a in actions if a.choices}
    for names, told, *_ in rows_of(sections()[name]):
        known = choices.get(names.strip("`"))
        if known:
            assert told in (", ".join(known), f"{known[0]} to {known[-1]}"), names


@pytest.mark.parametrize("link", re.findall(r"\]\((?!https:)([^)#]+)\)", README))
def test_every_link_leads_somewhere(link):
    assert (PROJECT / link).is_file()


def anchors() -> set[str]:
    """Return the anchors that GitHub gives to the headings."""
    headings = re.findall(r"^#+ (.+)$", README, flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("anchor", re.findall(r"\]\(#([^)]+)\)", README))
def test_every_link_inside_leads_to_a_heading(anchor):
    assert anchor in anchors()
