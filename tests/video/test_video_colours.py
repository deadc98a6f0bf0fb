from __future__ import annotations

import numpy as np
import pytest
from made_pictures import (
    BT2020,
    DISPLAY_P3,
    pq_of_nits,
    srgb_of_nits,
    to_srgb_by_formula,
)

from tests.video.read_clips import X264, frames_of

COLOURS = [(200, 100, 50), (60, 120, 180), (40, 30, 20), (255, 255, 255), (0, 0, 0)]
# Luminances in nits, and their codes of ten bits in the limited range.
PQ_CODES = {nits: round(64 + 876 * pq_of_nits(nits)) for nits in (0, 20, 100, 203, 1000)}
HLG_CODES = {0: 64, 1000 * 12**-1.2: 64 + 438, 203: 64 + 657, 1000: 940}
TAGS = {"primaries": "colorprim=bt2020", "matrix": "colormatrix=bt2020nc"}


def flat_patches(colours, matrix):
    chains = [f"color=0x{r:02x}{g:02x}{b:02x}:s=32x32:r=25:d=0.12[c{n}]" for n, (r, g, b) in
              enumerate(colours)]  # fmt: skip
    graph = ";".join(chains) + ";" + "".join(f"[c{n}]" for n in range(5)) + "hstack=5,format=gbrp"
    return graph + f",scale=out_color_matrix={matrix}:flags=accurate_rnd,format=yuv444p"


@pytest.mark.parametrize(
    ("name", "primaries"),
    [("smpte432", DISPLAY_P3), ("smpte431", DISPLAY_P3), ("bt2020", BT2020), ("bt470bg", None)],
)
def test_wide_colours_of_sdr(clip, name, primaries):
    graph = flat_patches(COLOURS, "bt2020" if name == "bt2020" else "bt709")
    matrix = "bt2020nc" if name == "bt2020" else "bt709"
    graph += f",setparams=range=tv:color_primaries={name}:color_trc=bt709:colorspace={matrix}"
    path = clip(f"wide-{name}.mkv", "-f", "lavfi", "-i", graph, "-c:v", "libx264", "-qp", "0")
    found, frames = frames_of(path)
    assert not found.colours.hdr
    middles = frames[1][16, 16::32, ::-1].astype(int)
    expected = [c if primaries is None else to_srgb_by_formula(c, primaries) for c in COLOURS]
    np.testing.assert_allclose(middles, expected, atol=3)


@pytest.mark.parametrize("tags", [[], ["primaries"], ["matrix"], ["primaries", "matrix"]])
@pytest.mark.parametrize(
    ("transfer", "codes"), [("smpte2084", PQ_CODES), ("arib-std-b67", HLG_CODES)]
)
def test_hdr_with_any_of_its_tags(clip, transfer, codes, tags):
    steps = "+".join(f"eq(floor(X/16),{n})*{code}" for n, code in enumerate(codes.values()))
    graph = f"color=black:s={16 * len(codes)}x32:r=25:d=0.12,format=yuv420p10le,"
    graph += f"geq=lum='{steps}':cb=512:cr=512"
    params = ":".join(["log-level=none", f"transfer={transfer}", *(TAGS[tag] for tag in tags)])
    path = clip(
        f"hdr-{transfer}-{'-'.join(tags)}.mp4",
        *["-f", "lavfi", "-i", graph, "-c:v", "libx265", "-preset", "ultrafast"],
        *["-x265-params", params, "-crf", "1", "-color_trc", transfer],
    )
    found, frames = frames_of(path)
    assert found.colours.hdr
    assert len(frames) == 3
    levels = srgb_of_nits(list(codes))
    shown = frames[1][16, 8::16].astype(float)
    np.testing.assert_allclose(shown, levels[:, np.newaxis].repeat(3, axis=1), atol=3)


def test_a_hue_of_hdr_is_that_of_bt2020_without_tags(clip):
    graph = "color=black:s=32x32:r=25:d=0.12,format=yuv420p10le,geq=lum=350:cb=480:cr=560"
    shown = []
    for tags in ([], list(TAGS.values())):
        params = ":".join(["log-level=none", "transfer=smpte2084", *tags])
        path = clip(
            f"hue-{len(tags)}.mp4",
            *["-f", "lavfi", "-i", graph, "-c:v", "libx265", "-preset", "ultrafast"],
            *["-x265-params", params, "-crf", "1"],
        )
        shown.append(frames_of(path)[1][1, 16, 16].astype(int))
    blue, _, red = shown[1]
    assert red - blue > 40
    np.testing.assert_array_equal(*shown)


def combing(frames):
    lines = frames.astype(float).mean(axis=3)
    return np.abs(lines[:, 1:-1] - (lines[:, :-2] + lines[:, 2:]) / 2).mean(axis=(1, 2))


def test_each_frame_tells_whether_it_is_interlaced(clip, tmp_path):
    bar = "color=black:s=96x64:r=50:d=0.4,format=yuv420p,"
    bar += "geq=lum='if(between(X-N*3,0,15),235,16)':cb=128:cr=128,"
    mpeg2 = "-c:v mpeg2video -q:v 2 -g 5".split()
    progressive = clip("first.ts", "-f", "lavfi", "-i", f"{bar}fps=25", *mpeg2)
    interlaced = clip(
        *["second.ts", "-f", "lavfi", "-i", f"{bar}tinterlace=interleave_top,setfield=tff"],
        *[*mpeg2, "-flags", "+ilme+ildct", "-output_ts_offset", "0.4"],
    )
    joined = tmp_path / "joined.ts"
    joined.write_bytes(progressive.read_bytes() + interlaced.read_bytes())
    _, frames = frames_of(joined)
    _, plain = frames_of(progressive)
    assert len(frames) > 15
    assert combing(frames).max() < 1
    np.testing.assert_array_equal(frames[: len(plain) - 1], plain[:-1])


@pytest.mark.parametrize("size", ["2x2", "16x2", "2x16", "4x4", "14x14", "16x16"])
def test_tiny_videos_are_read(clip, size):
    source = f"testsrc2=s=16x16:r=25:d=0.12,scale={size.replace('x', ':')}"
    path = clip(f"tiny-{size}.mp4", "-f", "lavfi", "-i", source, *X264)
    assert len(frames_of(path)[1]) == 3
