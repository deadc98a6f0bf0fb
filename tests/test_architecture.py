from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from photomosaic.options.fields import script_fields
from photomosaic.options.scripts import BY_SCRIPT
from tests.fresh_python import printed_by

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = PROJECT / "photomosaic"
SCRIPTS = sorted(PROJECT.glob("*.py"))
TOOLS = sorted((PROJECT / "tools").rglob("*.py"))
BESIDE = ("tests", "tools")

# Each room may import those before it, and itself.
ROOMS = [
    {"errors", "arrays", "memory", "versions", "wording"},
    {"parallel"},
    {"progress"},
    {"checked", "ranges"},
    {"options"},
    {"files"},
    {"images"},
    {"dates"},
    {"video"},
    {"matching"},
    {"assignment"},
    {"rendering"},
    {"library"},
    {"mosaic"},
    {"murals", "film"},
    {"stills", "project"},
    {"motion"},
    {"animation", "explore", "faces"},
    {"performance"},
    {"jobs"},
    {"cli"},
    {"app"},
    {"example"},
]
# Arrays only: these rooms know no files.
PURE = {"matching", "assignment", "rendering"}
# These may name options in what people read.
SPEAKING = {"options", "jobs", "cli", "app", "example"}
HEAVY = set(
    "av faiss dlib sklearn skimage scipy matplotlib IPython pyvips numba reportlab nicegui fastapi"
    " uvicorn".split()
)


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


@cache
def nodes_of(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text())))


def imports_of(path: Path) -> list[str]:
    found = []
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            found.append(str(node.module))
    return found


MODULES = sorted(PACKAGE.rglob("*.py"))


def allowed_in(room: str) -> set[str]:
    level = next(i for i, rooms in enumerate(ROOMS) if room in rooms)
    allowed = set().union(*ROOMS[:level]) | {room, ""}
    return allowed - {"images", "dates"} if room in PURE else allowed


def test_arrows_go_down_only():
    for path in MODULES:
        parts = path.relative_to(PROJECT).with_suffix("").parts
        if parts == ("photomosaic", "__init__"):
            continue  # its names are loaded when they are asked for
        for module in imports_of(path):
            if module.split(".")[0] == "photomosaic":
                assert room_of(module) in allowed_in(parts[1]), f"{path} imports {module}"


def test_what_users_run_needs_nothing_of_what_is_beside_it():
    for path in [*MODULES, *SCRIPTS]:
        assert {module.split(".")[0] for module in imports_of(path)}.isdisjoint(BESIDE), path


def test_the_table_of_rooms_names_all_of_them_each_above_what_it_imports():
    rows = (PROJECT / "docs" / "design.md").read_text().split("## Rooms")[1].split("## ")[0]
    first_cells = [row.split("|")[1] for row in rows.splitlines() if row.startswith("| `")]
    # Below the scripts and what is beside the package.
    named = [set(re.findall(r"`([a-z_]+)", cell)) for cell in first_cells[2:]]
    assert set().union(*named) == set().union(*ROOMS)
    levels = [max(level for level, rooms in enumerate(ROOMS) if rooms & names) for names in named]
    assert levels == sorted(levels, reverse=True)


def flags_in(path: Path) -> set[str]:
    """Return what the strings of a module contain that looks like a flag for people."""
    texts = [node.value for node in nodes_of(path) if isinstance(node, ast.Constant)]
    found = [re.findall(r"--[a-z][a-z-]*(?![a-z=-])", text) for text in texts if type(text) is str]
    return set().union(*found)


def test_only_jobs_and_words_name_options():
    fields = [each for name, kind in BY_SCRIPT.items() for _, each in script_fields(kind, name)]
    flags = {field.flag for field in fields}
    for path in MODULES:
        if room_of(".".join(path.relative_to(PROJECT).parts)) not in SPEAKING:
            assert flags_in(path) & flags == set(), path


def test_no_call_has_more_than_five_positional_arguments():
    for path in [*MODULES, *SCRIPTS, *TOOLS]:
        for node in nodes_of(path):
            if isinstance(node, ast.Call):
                plain = [each for each in node.args if not isinstance(each, ast.Starred)]
                assert len(plain) <= 5, f"{path}: {ast.unparse(node)}"


def opens_a_file_to_read(call):
    """Tell whether a call may read a file of the user's, past the door that checks it."""
    match call:
        case ast.Call(func=ast.Name(id="open")):
            return True
        case ast.Call(func=ast.Attribute(attr="read_bytes" | "read_text")):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(id="os"), attr="open"), args=[_, flags]):
            return "O_EXCL" not in ast.unparse(flags) and "os.devnull" not in ast.unparse(call)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="Image" | "av"), attr="open")):
            # Pillow and PyAV take open files.
            return "path" in ast.unparse(call.args[0]).lower()
        case ast.Call(func=ast.Attribute(attr="open"), args=[ast.Constant(value=str(mode))]):
            return "x" not in mode and "a" not in mode
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="open")):
            return name != "os"
    return False


def test_all_that_is_read_comes_through_the_room_of_files():
    for path in [*MODULES, *SCRIPTS]:
        if path.parent.name != "files" and path.name != "example.py":
            calls = nodes_of(path)
            opening = [ast.unparse(node) for node in calls if opens_a_file_to_read(node)]
            assert opening == [], path


@pytest.mark.parametrize(
    "code",
    [
        "open(path)",
        "path.open()",
        "path.open('rb')",
        "path.read_bytes()",
        "Path(path).read_text()",
        "os.open(path, os.O_RDONLY)",
        "Image.open(path)",
        "av.open(str(path))",
        "io.open(path)",
    ],
)
def test_every_way_of_opening_a_file_is_known(code):
    assert opens_a_file_to_read(ast.parse(code).body[0].value)


def test_only_the_images_room_opens_pictures():
    for path in MODULES:
        # It has the metadata of an opened picture read.
        reads_metadata = path.name == "embedded_dates.py"
        if "images" not in path.parts and path.name != "example.py" and not reads_metadata:
            assert not any(name.split(".")[0] == "PIL" for name in imports_of(path)), path


@pytest.mark.parametrize(
    "module",
    ["photomosaic", "mosaic", "video", "face_montage", "performance", "app", "photomosaic.mosaic"],
)
def test_importing_loads_nothing_heavy_and_writes_nothing(module, tmp_path):
    code = f"import sys; import {module}; print(*sys.modules)"
    assert HEAVY.isdisjoint(printed_by(code, tmp_path).split())
    assert list(tmp_path.iterdir()) == []


def test_a_mosaic_loads_only_what_it_needs(tmp_path):
    code = """
import sys
from pathlib import Path
from PIL import Image
import mosaic
Path("photos").mkdir()
for number in range(12):
    Image.new("RGB", (64, 48), (20 * number, 90, 200)).save(f"photos/{number}.png")
Image.new("RGB", (90, 80), "teal").save("target.png")
options = "--target target.png --codebook-dir photos --scale 2 --cache-dir cache --quiet"
assert mosaic.main([*options.split(), "--savepath", "made.png"]) == 0
print(*sys.modules)
"""
    loaded = printed_by(code, tmp_path).split()
    assert (HEAVY - {"faiss", "numba", "pyvips"}).isdisjoint(loaded)
    rooms = {name.split(".")[1] for name in loaded if name.startswith("photomosaic.")}
    assert {"murals", "film", "video", "animation", "faces", "dates"}.isdisjoint(rooms)


def test_each_test_module_has_a_name_of_its_own():
    # pytest imports modules of test folders by name alone; of two with one name, the second fails.
    names = [path.name for path in (PROJECT / "tests").rglob("*.py") if path.name != "conftest.py"]
    assert sorted(names) == sorted(set(names))
