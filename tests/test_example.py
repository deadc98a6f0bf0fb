from __future__ import annotations

import shlex
import shutil
from importlib import import_module
from pathlib import Path

import pytest

from photomosaic import example
from photomosaic.errors import InputError
from photomosaic.images.crop import has_aspect
from photomosaic.images.decode import decode, read_target
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.options.scripts import BY_SCRIPT


def contents(folder: Path) -> dict[Path, bytes]:
    return {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def times(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in [folder, *folder.rglob("*")]}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "media/example"
    example.make_example(folder)
    return folder


def test_there_are_hundreds_of_photos_and_a_target_and_nothing_else(made):
    names = {str(name) for name in contents(made)}
    photos = {name for name in names if name.startswith("photos/")}
    album = {f"album/{year}-06-01 party.jpg" for year in range(2001, 2018, 4)}
    faces = {f"faces/{year}-06-01 party.jpg" for year in (2001, 2005)}
    assert names - photos == {"astronaut.jpg", "cat.mp4"} | album | faces
    assert 500 <= len(photos) <= 800
    assert all(name.endswith(".jpg") for name in photos)
    assert {path.name for path in made.parent.iterdir()} == {"example"}
    assert {path.name for path in made.parent.parent.iterdir()} == {"media"}


def test_every_photo_opens_differs_and_has_the_shape_of_a_tile(made):
    photos = [path.read_bytes() for path in (made / "photos").iterdir()]
    assert len(set(photos)) == len(photos)
    for data in photos:
        decoded = decode(data)
        assert decoded.picture.mode == "RGB"
        assert has_aspect((decoded.height, decoded.width), (4, 3))
        assert 64 <= decoded.height <= 384
        assert not decoded.own_output


def test_no_photo_is_cut_out_of_the_target_or_the_clip(made):
    samples = {path.name.rpartition("-")[0] for path in (made / "photos").iterdir()}
    assert samples.isdisjoint({"astronaut", "chelsea"})


@pytest.mark.parametrize("script", sorted(BY_SCRIPT))
def test_the_files_that_a_help_names_are_there(made, script):
    words = shlex.split(import_module(script).EXAMPLE)
    named = [word for word in words if word.startswith("media/example")]
    assert named
    for word in named:
        assert (made / Path(word).relative_to("media/example")).exists()


@pytest.mark.parametrize("scale", [5, 7, 8, 10])
def test_the_target_is_cut_into_whole_tiles(made, scale):
    target = read_target(made / example.TARGET_NAME)
    grid = Grid.fit(target.shape[:2], TileSize.from_scale(scale, 4, 3), cover=False)
    assert (grid.height, grid.width) == target.shape[:2]


def test_links_under_our_names_are_left_as_they_are(made, tmp_path):
    folder = tmp_path / "example"
    shutil.copytree(made, folder)
    linked = [folder / "astronaut.jpg", folder / "cat.mp4", *(folder / "photos").glob("*-0[0-3]*")]
    for path in linked:
        path.unlink()
        path.symlink_to("/nowhere")
    assert example.make_example(folder) == 0
    assert all(path.is_symlink() for path in linked)


def test_two_runs_make_the_same_bytes(made, tmp_path):
    example.make_example(tmp_path)
    assert contents(tmp_path) == contents(made)


def test_a_second_run_does_nothing(made):
    before = times(made)
    assert example.make_example(made) == 0
    assert times(made) == before


def test_a_half_made_folder_is_completed_and_nothing_in_it_is_changed(made, tmp_path):
    folder = tmp_path / "example"
    shutil.copytree(made, folder)
    lost = [folder / "astronaut.jpg", *sorted((folder / "photos").iterdir())[::50]]
    for path in lost:
        path.unlink()
    (folder / "beach.jpg").write_bytes(b"mine")
    (folder / "photos" / "moon-00.jpg").write_bytes(b"mine, too")
    before = times(folder)
    assert example.make_example(folder) == len(lost)
    after = times(folder)
    folders = [folder, folder / "photos"]
    assert all(after[path] == time for path, time in before.items() if path not in folders)
    expected = contents(made)
    expected[Path("beach.jpg")] = b"mine"
    expected[Path("photos/moon-00.jpg")] = b"mine, too"
    assert contents(folder) == expected


def test_a_sample_that_the_packages_do_not_carry_is_left_out(made, tmp_path, monkeypatch):
    folder = tmp_path / "example"
    shutil.copytree(made, folder, ignore=shutil.ignore_patterns("moon-*", "coins-*"))
    find = example.Sample.find
    monkeypatch.setattr(
        example.Sample, "find", lambda self: None if "moon" in self.inside else find(self)
    )
    example.make_example(folder)
    expected = contents(made)
    assert contents(folder) == {
        name: data for name, data in expected.items() if not name.name.startswith("moon-")
    }


def test_without_the_packages(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(example, "find_spec", {}.get)
    with pytest.raises(InputError, match="not installed"):
        example.make_example(tmp_path / "example")
    assert example.main([str(tmp_path / "example")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made(tmp_path, capsys):
    (tmp_path / "media").touch()
    assert example.main([str(tmp_path / "media/example")]) == 2
    output = capsys.readouterr()
    assert output.err.count("\n") == 1
    assert "media" in output.err
    assert output.out == ""


def test_the_command_tells_what_it_made(made, capsys):
    assert example.main([str(made)]) == 0
    assert capsys.readouterr().out == f"{made}: is complete\n"
    (made / "astronaut.jpg").unlink()
    assert example.main([str(made)]) == 0
    assert capsys.readouterr().out == f"{made}: pictures made: 1\n"


def test_the_folder_is_the_projects_by_default(monkeypatch):
    folders = []
    monkeypatch.setattr(example, "make_example", lambda folder: folders.append(folder) or 0)
    example.main([])
    assert folders == [Path("media/example")]
