from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
from itertools import pairwise
from pathlib import Path

import pytest

import app
import create_gif_from_photos_folder
import face_montage
import interactive
import make_gif
import mosaic
import performance
import video
from photomosaic.example import make_example
from tools import option_tables

PROJECT = Path(__file__).resolve().parents[1]
PAGES = {
    str(page.relative_to(PROJECT)): page.read_text(encoding="utf-8")
    for page in option_tables.pages()
}
README = PAGES["README.md"]
SCRIPTS = {
    "mosaic.py": mosaic,
    "video.py": video,
    "make_gif.py": make_gif,
    "performance.py": performance,
    "app.py": app,
    "interactive.py": interactive,
    "face_montage.py": face_montage,
    "create_gif_from_photos_folder.py": create_gif_from_photos_folder,
}
HELP = {"-h", "--help", "--help-all"}
# Of programs that are no scripts.
OTHER_OPTIONS = {"--dest", "--data", "--only", "--check", "--compare"}


def options_of(script) -> set[str]:
    actions = script.COMMAND.parser()._actions
    return {option for action in actions for option in action.option_strings} - HELP


def commands() -> list[list[str]]:
    """Return the words of each command that runs Python, the same one only once."""
    blocks = re.findall(
        r"^```sh\n(.*?)^```", "\n".join(PAGES.values()), flags=re.DOTALL | re.MULTILINE
    )
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    words = [tuple(shlex.split(line)[1:]) for line in lines if line.startswith("python ")]
    return [list(command) for command in dict.fromkeys(words)]


def test_the_readme_is_short():
    assert 150 <= len(README.splitlines()) < 200


@pytest.mark.parametrize("name", [name for name in PAGES if name != "README.md"])
def test_every_page_begins_with_an_example(name):
    title, first = [line for line in PAGES[name].splitlines() if line][:2]
    assert title.startswith("# ")
    assert first == "```sh"


@pytest.mark.parametrize("script", SCRIPTS)
def test_there_is_a_command_for_every_script(script):
    assert any(words[0] == script for words in commands())


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_parses(words):
    if "--project" in words:
        return  # parsed as it is run, since the project has to exist
    if words[0] == "-m":
        assert importlib.util.find_spec(words[1])
    elif words[0] in SCRIPTS:
        SCRIPTS[words[0]].COMMAND.parser().parse_args(words[1:])
    else:
        assert (PROJECT / words[0]).is_file()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with the example; the first command fills the cache of the others."""
    folder = tmp_path_factory.mktemp("project")
    make_example(folder / "media" / "example")
    # Fewer photos, and so fewer cells, since all commands together take long.
    for number, photo in enumerate(sorted((folder / "media" / "example" / "photos").iterdir())):
        if number % 4:
            photo.unlink()
    return folder


@pytest.mark.parametrize(
    "words", [words for words in commands() if "media/example/photos" in words], ids=" ".join
)
def test_commands_on_the_example_run_as_they_stand(folder, words, monkeypatch):
    shutil.rmtree(folder / "media" / "output", ignore_errors=True)
    monkeypatch.chdir(folder)
    cache = ["--cache-dir", str(folder / "cache")]
    arguments = words[1:] if words[0] == "performance.py" else [*words[1:], *cache]
    assert SCRIPTS[words[0]].main(arguments) == 0
    if "--save-project" in words:
        run_again(words[words.index("--save-project") + 1], str(folder / "cache"))
        return
    if words[0] == "performance.py":
        saved = {path.suffix for path in (folder / "media/output/performance").iterdir()}
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
    for option in ("--zoom-page", "--zoom-film"):
        if option in given:
            expected.add(Path(given[option]).name)
    saved = list((folder / "media" / "output").iterdir())
    assert {path.name for path in saved} == expected


def run_again(project, cache):
    """Run the commands that render a project again."""
    again = [words for words in commands() if project in words and "--project" in words]
    assert again
    for words in again:
        assert SCRIPTS[words[0]].main([*words[1:], "--cache-dir", cache]) == 0


def tables_of(script: str) -> str:
    """Return the tables of a script's options on all pages."""
    marked = rf"<!-- options of {re.escape(script)}[^>]*-->(.*?)<!-- end -->"
    return "".join("".join(re.findall(marked, text, flags=re.DOTALL)) for text in PAGES.values())


def options_in(tables: str) -> set[str]:
    cells = [line.split("|")[1] for line in tables.splitlines() if line.startswith("| `--")]
    return {option for cell in cells for option in re.findall(r"--[a-z-]+", cell)}


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_option_is_in_a_table(script):
    # What scripts share is in the tables of mosaic.py.
    tables = tables_of(script) + tables_of("mosaic.py")
    assert options_of(SCRIPTS[script]) <= options_in(tables)


def test_the_tables_are_up_to_date():
    assert option_tables.main(["--check"]) == 0


def test_a_stale_table_is_reported_and_written_anew(tmp_path, monkeypatch, capsys):
    page = tmp_path / "docs" / "video.md"
    page.parent.mkdir()
    (tmp_path / "README.md").write_text("# Nothing generated\n")
    marks = "# Video\n<!-- options of video.py: video -->\n{}<!-- end -->\nThe end.\n"
    page.write_text(marks.format("| `--old` | |\n"))
    monkeypatch.setattr(option_tables, "PROJECT", tmp_path)
    assert option_tables.main(["--check"]) == 1
    assert capsys.readouterr().err == (
        "docs/video.md: the tables of options are stale; run python -m tools.option_tables\n"
    )
    assert option_tables.main([]) == 0
    assert "| `--seconds N` |" in page.read_text()
    assert "--old" not in page.read_text()
    assert "--scale" not in page.read_text()
    assert page.read_text().endswith("<!-- end -->\nThe end.\n")
    assert option_tables.main(["--check"]) == 0


@pytest.mark.parametrize("name", PAGES)
def test_no_table_of_options_is_written_by_hand(name):
    rest = re.sub(r"<!-- options .*?<!-- end -->", "", PAGES[name], flags=re.DOTALL)
    assert not options_in(rest)


@pytest.mark.parametrize("name", PAGES)
def test_every_option_that_a_page_mentions_exists(name):
    known = set().union(*map(options_of, SCRIPTS.values())) | OTHER_OPTIONS | HELP
    mentioned = re.findall(r"`[^`\n]*`", re.sub(r"^```.*?^```", "", PAGES[name], flags=re.M | re.S))
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", " ".join(mentioned))) <= known


@pytest.mark.parametrize("name", PAGES)
def test_every_file_of_the_project_that_a_page_mentions_exists(name):
    folders = [PROJECT / folder for folder in ("photomosaic", "tools", "tests", "notebooks")]
    files = [*PROJECT.iterdir(), *(file for folder in folders for file in folder.rglob("*"))]
    paths = [f"/{file.relative_to(PROJECT)}" for file in files]
    for mentioned in re.findall(
        r"`([\w/]+\.(?:py|sh|ipynb)|[a-z]+(?:/[a-z]+)*/)[`\s]", PAGES[name]
    ):
        end = f"/{mentioned.rstrip('/')}"
        assert any(path.endswith(end) for path in paths), mentioned


def messages() -> list[str]:
    """Return the messages that the page on troubles explains."""
    rows = [row for row in PAGES["docs/troubleshooting.md"].splitlines() if row.startswith("| `")]
    return [text for row in rows for text in re.findall(r"`([^`]+)`", row.split("|")[1])]


@pytest.mark.parametrize("message", messages())
def test_every_message_that_is_explained_is_in_the_source(message):
    files = [*PROJECT.glob("*.sh"), *(PROJECT / "photomosaic").rglob("*.py"), *PROJECT.glob("*.py")]
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    source = re.sub(r'"\n +f?"|\\\n', "", source)
    for part in message.split("..."):
        assert part.strip() in source or part.strip() in SCRIPTS


def links() -> list[tuple[str, str, str]]:
    """Return page, path and anchor of every link into the project."""
    found = []
    for name in [*PAGES, "CHANGELOG.md"]:
        text = (PROJECT / name).read_text(encoding="utf-8")
        for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
            path, _, anchor = link.partition("#")
            found.append((name, path, anchor))
    return list(dict.fromkeys(found))


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub gives to the headings."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(("name", "path", "anchor"), links())
def test_every_link_leads_somewhere(name, path, anchor):
    target = (PROJECT / name).parent / path if path else PROJECT / name
    assert target.is_file()
    if anchor:
        assert anchor in anchors(target.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [name for name in PAGES if name != "README.md"])
def test_the_readme_leads_to_every_page(name):
    assert f"]({name})" in README
