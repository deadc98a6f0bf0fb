from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

import photomosaic
from tests.fresh_python import printed_by


def test_importing_the_package_loads_nothing_else_and_sets_nothing(tmp_path):
    code = (
        "import json, os, sys; before = dict(os.environ), set(sys.modules), sys.excepthook;"
        "import photomosaic; after = set(sys.modules) - before[1];"
        "same = (dict(os.environ), sys.excepthook) == (before[0], before[2]);"
        "print(json.dumps([same, sorted(name for name in after if 'numpy' in name),"
        " sorted(name for name in after if name.startswith('photomosaic'))]))"
    )
    assert json.loads(printed_by(code, tmp_path)) == [True, [], ["photomosaic"]]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", photomosaic.__all__)
def test_every_public_name_is_there_and_documented(name):
    assert getattr(photomosaic, name).__doc__
    assert f"`{name}`" in str(photomosaic.__doc__)


def test_other_names_are_no_attributes():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = photomosaic.nonsense


def test_five_lines_make_a_mosaic(tmp_path, photo_folder):
    Image.fromarray(np.full((90, 120, 3), 90, np.uint8)).save(tmp_path / "a.png")
    codebook = photomosaic.read_codebook(str(photo_folder), 5, cache_dir=None)
    options = photomosaic.RenderOptions(tint=1)
    target = photomosaic.read_target(str(tmp_path / "a.png"))
    mosaic = photomosaic.Mosaicker(codebook, options).render(target)
    photomosaic.write_picture(mosaic, str(tmp_path / "b.png"))
    assert np.abs(np.asarray(Image.open(tmp_path / "b.png"), int).mean() - 90) < 12
