from __future__ import annotations

import json
import os
import time
import unicodedata
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_pictures import encoded, quarters
from PIL import Image, PngImagePlugin

from photomosaic.dates.date_values import parse_date
from photomosaic.dates.dates import best_date, file_time, photo_date
from photomosaic.dates.embedded_dates import EmbeddedDates, embedded_dates
from photomosaic.dates.name_dates import date_in_name
from photomosaic.dates.sidecars import LARGEST_SIDECAR

NOW = datetime(2026, 6, 1, 12, 0)
PLAIN = encoded(quarters(), "PNG")


@pytest.fixture(autouse=True)
def in_new_york(monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def exif(**tags):
    """Return EXIF data of tags "t9003" and the like, in the block in which they belong."""
    data = Image.Exif()
    for name, value in tags.items():
        tag = int(name[1:], 16)
        (data.get_ifd(0x8769) if tag > 0x8FFF else data)[tag] = value
    return data.tobytes()


def photo(kind="JPEG", **tags):
    return encoded(quarters(), kind, exif=exif(**tags))


def xmp(*properties, elements=False):
    if elements:
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in properties)
        return f"<x:xmpmeta><rdf:Description>{inner}</rdf:Description></x:xmpmeta>".encode()
    inner = " ".join(f'{name}="{value}"' for name, value in properties)
    return f"<x:xmpmeta><rdf:Description {inner}/></x:xmpmeta>".encode()


def png(text=(), **options):
    info = PngImagePlugin.PngInfo()
    for key, value in text:
        info.add_text(key, value)
    return encoded(quarters(), "PNG", pnginfo=info, **options)


def told(data, path="/nowhere/IMG_1234.HEIC"):
    date = photo_date(path, data, NOW)
    return None if date is None else (date.source, date.when)


# Names as cameras, phones, messengers, other programs and people give them.
NAMES = {
    "IMG_20190102_030405.jpg": datetime(2019, 1, 2, 3, 4, 5),
    "IMG_20190102_030405_123.jpg": datetime(2019, 1, 2, 3, 4, 5, 123000),
    "IMG_20190102_030405_BURST001_COVER.jpg": datetime(2019, 1, 2, 3, 4, 5),
    "00100lrPORTRAIT_00100_BURST20190102030405678_COVER.jpg": datetime(2019, 1, 2, 3, 4, 5, 678000),
    "MVIMG_20190102_030405.jpg": datetime(2019, 1, 2, 3, 4, 5),
    "VID_20190102_030405.jpg": datetime(2019, 1, 2, 3, 4, 5),
    "20190102_030405.jpg": datetime(2019, 1, 2, 3, 4, 5),
    "20190102_030405(0).jpg": datetime(2019, 1, 2, 3, 4, 5),
    "PXL_20210101_123456789.jpg": datetime(2021, 1, 1, 7, 34, 56, 789000),
    "PXL_20210701_123456789.PORTRAIT.jpg": datetime(2021, 7, 1, 8, 34, 56, 789000),
    "IMG-20190102-WA0003.jpg": datetime(2019, 1, 2),
    "WhatsApp Image 2019-01-02 at 03.04.05 (1).jpeg": datetime(2019, 1, 2, 3, 4, 5),
    "WhatsApp Image 2019-01-02 at 3.04.05 PM.jpeg": datetime(2019, 1, 2, 15, 4, 5),
    "WhatsApp Image 2019-01-02 at 12.04.05 AM.jpeg": datetime(2019, 1, 2, 0, 4, 5),
    "2015-11-26 18.57.45.jpg": datetime(2015, 11, 26, 18, 57, 45),
    "2015-11-26 18.57.45-1.jpg": datetime(2015, 11, 26, 18, 57, 45),
    "Photo 2015-11-26, 18 57 45.jpg": datetime(2015, 11, 26, 18, 57, 45),
    "signal-2019-01-02-030405.jpg": datetime(2019, 1, 2, 3, 4, 5),
    "signal-2019-01-02-03-04-05-123.jpg": datetime(2019, 1, 2, 3, 4, 5, 123000),
    "photo_2019-01-02_03-04-05.jpg": datetime(2019, 1, 2, 3, 4, 5),
    "photo_5@02-01-2019_03-04-05.jpg": datetime(2019, 1, 2, 3, 4, 5),
    "Screenshot_2019-01-02-03-04-05.png": datetime(2019, 1, 2, 3, 4, 5),
    "Screenshot_20190102-030405_Chrome.png": datetime(2019, 1, 2, 3, 4, 5),
    "Screenshot 2019-01-02 at 03.04.05.png": datetime(2019, 1, 2, 3, 4, 5),
    "Screenshot 2019-01-02 at 3.04.05\u202fPM.png": datetime(2019, 1, 2, 15, 4, 5),
    "WP_20150102_03_04_05_Pro.jpg": datetime(2015, 1, 2, 3, 4, 5),
    "FB_IMG_1546416245000.jpg": datetime(2019, 1, 2, 3, 4, 5),
    "1546416245000.jpg": datetime(2019, 1, 2, 3, 4, 5),
    "2019-01-02T03_04_05.jpg": datetime(2019, 1, 2, 3, 4, 5),
    "2008-04-08 Day 1.jpg": datetime(2008, 4, 8),
    "20080408 birthday.jpg": datetime(2008, 4, 8),
    "grandma 1953-06-02.tif": datetime(1953, 6, 2),
    "DSC_20190102_991234.jpg": datetime(2019, 1, 2),
    "IMG_20190102_240405.jpg": datetime(2019, 1, 2, 0, 4, 5),
    "Screenshot_20190102-030460.png": datetime(2019, 1, 2, 3, 4, 59),
    "WhatsApp Bild 2019-01-02 um 15.04.05_1a2b3c4d.jpg": datetime(2019, 1, 2, 15, 4, 5),
    "Imagem do WhatsApp de 2019-01-02 à(s) 15.04.05_ef.jpg": datetime(2019, 1, 2, 15, 4, 5),
    "Imagen 2019-01-02 a la(s) 3.04.05\xa0p.\xa0m..jpeg": datetime(2019, 1, 2, 15, 4, 5),
    "WhatsApp 图像2019-01-02于15.04.05_ef.jpg": datetime(2019, 1, 2, 15, 4, 5),
    "Capture d’écran 2019-01-02 à 15.04.05.png": datetime(2019, 1, 2, 15, 4, 5),
    "Skärmavbild 2019-01-02 kl. 15.04.05.png": datetime(2019, 1, 2, 15, 4, 5),
    "Снимок экрана 2019-01-02 в 15.04.05.png": datetime(2019, 1, 2, 15, 4, 5),
    "屏幕快照 2019-01-02 下午3.04.05.png": datetime(2019, 1, 2, 15, 4, 5),
    "스크린샷 2019-01-02 오전 12.04.05.png": datetime(2019, 1, 2, 0, 4, 5),
    "スクリーンショット 2019年1月2日 15.04.05.png": datetime(2019, 1, 2, 15, 4, 5),
    "2019年01月02日15時04分05秒.jpg": datetime(2019, 1, 2, 15, 4, 5),
    "2019년 1월 2일 오후 3시 04분 05초.jpg": datetime(2019, 1, 2, 15, 4, 5),
    "2019年1月2日123.jpg": datetime(2019, 1, 2),
    "Zrzut ekranu 2019-01-2 o 15.04.05.png": datetime(2019, 1, 2, 15, 4, 5),
    "Näyttökuva 2019-1-2 kello 3.04.05.png": datetime(2019, 1, 2, 3, 4, 5),
    "Στιγμιότυπο 2019-01-02, 3.04.05 μ.μ..png": datetime(2019, 1, 2, 15, 4, 5),
    "لقطة ٢٠١٩-٠١-٠٢ في ٣.٠٤.٠٥ م.png": datetime(2019, 1, 2, 15, 4, 5),
    "2019-01-02 at 15.04.05 PM.png": datetime(2019, 1, 2, 15, 4, 5),
    "2019-01-02 IMG_150405.jpg": datetime(2019, 1, 2),
    "2019-01-02 to 2019-01-05 trip.jpg": datetime(2019, 1, 2),
}
NAMES_WITHOUT = (
    "IMG_1234.HEIC",
    "IMG_2019.JPG",
    "DSC01234.JPG",
    "P1020304.JPG",
    "photo 5.jpg",
    "20191302_030405.jpg",
    "20190230.jpg",
    "2019-01-32.jpg",
    "120190102.jpg",
    "201901021.jpg",
    "12345678_10201234567890123_7_n.jpg",
    "WhatsApp Image.jpeg",
    "2019-01 holiday.jpg",
    "2019-1-2.jpg",
    "",
)


@pytest.mark.parametrize("name", NAMES)
def test_name(name):
    assert date_in_name(name) == NAMES[name]
    assert date_in_name(unicodedata.normalize("NFD", name)) == NAMES[name]


@pytest.mark.parametrize("name", NAMES_WITHOUT)
def test_name_without_a_date(name):
    assert date_in_name(name) is None


@given(st.text())
def test_no_name_is_too_odd(name):
    date_in_name(name)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF"])
def test_exif_of_every_format(kind):
    data = photo(kind, t9003="2019:01:02 03:04:05", t9291="25", t0132="2020:01:01 00:00:00")
    assert told(data) == ("EXIF DateTimeOriginal", datetime(2019, 1, 2, 3, 4, 5, 250000))


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("2019: 1: 2 15: 4: 5", datetime(2019, 1, 2, 15, 4, 5)),
        ("2019:01:02  3:04: 5", datetime(2019, 1, 2, 3, 4, 5)),
        ("2019:01:02 24:15:30", datetime(2019, 1, 2, 0, 15, 30)),
        ("2019:01:02 15:04:60", datetime(2019, 1, 2, 15, 4, 59)),
        ("2019:01:02 15:04:99", datetime(2019, 1, 2, 15, 4)),
        ("2019:01:02 15:60:00", datetime(2019, 1, 2, 15)),
        ("2019:01:02 25:00:00", datetime(2019, 1, 2)),
        ("2019:01:02 15:04:  ", datetime(2019, 1, 2, 15, 4)),
        ("2019:01:02   :  :  ", datetime(2019, 1, 2)),
        ("2019:01:02:15:04:05", datetime(2019, 1, 2, 15, 4, 5)),
        ("2019:01:02 03:04:05 PM", datetime(2019, 1, 2, 15, 4, 5)),
        ("2019:01:02 03:04:05p.m.", datetime(2019, 1, 2, 15, 4, 5)),
        ("2019:01:02 PM 03:04:05", datetime(2019, 1, 2, 15, 4, 5)),
        ("2019:01:02 12:04:05 am", datetime(2019, 1, 2, 0, 4, 5)),
        ("2019:01:02 15:04:05 PM", datetime(2019, 1, 2, 15, 4, 5)),
        ("2019:01:02 下午03:04:05".encode().decode("latin-1"), datetime(2019, 1, 2, 15, 4, 5)),
    ],
)
def test_of_an_odd_exif_date_what_is_sure_is_kept(text, sure):
    data = Image.Exif()
    data.get_ifd(0x8769)[0x9003] = text.encode("latin-1")
    data = encoded(quarters(), "JPEG", exif=data.tobytes())
    assert told(data) == ("EXIF DateTimeOriginal", sure)


def test_the_offset_leaves_the_local_time_as_it_is():
    data = photo(t9003="2019:01:02 03:04:05", t9011="+09:00")
    assert told(data)[1] == datetime(2019, 1, 2, 3, 4, 5)


def test_sources_are_asked_in_order(tmp_path):
    tags = {"t9003": "2011:01:01 01:00:00", "t9004": "2012:01:01 01:00:00"}
    tags["t0132"] = "2017:01:01 01:00:00"
    packet = [
        ("exif:DateTimeOriginal", "2013-01-01T01:00:00"),
        ("photoshop:DateCreated", "2014-01-01T01:00:00"),
        ("xmp:CreateDate", "2015-01-01T01:00:00"),
    ]
    path = tmp_path / "IMG_20160601_010000.jpg"
    sidecar = tmp_path / f"{path.name}.json"
    sidecar.write_text(json.dumps({"photoTakenTime": {"timestamp": "1451671200"}}))
    order = []
    while True:
        data = encoded(quarters(), "JPEG", exif=exif(**tags), xmp=xmp(*packet))
        date = photo_date(str(path), data, NOW)
        if date is None:
            break
        order.append((date.source, date.when.year))
        if "t9003" in tags:
            del tags["t9003"]
        elif "t9004" in tags:
            del tags["t9004"]
        elif packet:
            del packet[0]
        elif sidecar.exists():
            sidecar.unlink()
        elif path.name.startswith("IMG_2016"):
            path = tmp_path / "IMG_1234.jpg"
        else:
            del tags["t0132"]
    assert order == [
        ("EXIF DateTimeOriginal", 2011),
        ("EXIF DateTimeDigitized", 2012),
        ("XMP exif:DateTimeOriginal", 2013),
        ("XMP photoshop:DateCreated", 2014),
        ("XMP xmp:CreateDate", 2015),
        ("sidecar", 2016),
        ("file name", 2016),
        ("EXIF DateTime", 2017),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "0000:00:00 00:00:00",
        "    :  :     :  :  ",
        "1970:01:01 00:00:00",
        "1980:01:01 00:00:10",
        "1989:12:31 23:59:59",
        "2026:06:02 12:00:01",
        "9999:99:99 99:99:99",
        "2019:02:30 00:00:00",
        "",
        "yesterday",
    ],
)
def test_what_cannot_be_is_passed_over_for_the_next_source(text):
    data = photo(t9003=text, t9004="2012:01:01 01:00:00")
    assert told(data) == ("EXIF DateTimeDigitized", datetime(2012, 1, 1, 1))
    assert told(photo(t9003=text)) is None
    assert told(photo(t9003=text), "2015-11-26 18.57.45.jpg")[0] == "file name"


def test_a_clock_may_be_a_day_fast():
    assert told(photo(t9003="2026:06:02 11:59:59"))[1] == datetime(2026, 6, 2, 11, 59, 59)


def test_names_are_checked_as_well():
    assert told(PLAIN, "IMG_19700101_000000.jpg") is None
    assert told(PLAIN, "IMG_20270101_000000.jpg") is None
    assert told(PLAIN, "scan 1953-06-02.jpg") == ("file name", datetime(1953, 6, 2))


@pytest.mark.parametrize("elements", [False, True])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF"])
def test_xmp_of_every_format(kind, elements):
    packet = xmp(("photoshop:DateCreated", "2014-05-06T07:08:09.5+02:00"), elements=elements)
    if kind == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", packet.decode())
        data = encoded(quarters(), kind, pnginfo=info)
    elif kind == "TIFF":
        data = encoded(quarters(), kind, tiffinfo={700: packet})
    else:
        data = encoded(quarters(), kind, xmp=packet)
    assert told(data) == ("XMP photoshop:DateCreated", datetime(2014, 5, 6, 7, 8, 9, 500000))


def test_the_date_of_a_scan_may_be_old():
    data = encoded(quarters(), "JPEG", xmp=xmp(("photoshop:DateCreated", "1962-05-06")))
    assert told(data)[1] == datetime(1962, 5, 6)


@pytest.mark.parametrize("key", ["exif:DateTimeOriginal", "Creation Time", "DateTimeOriginal"])
def test_png_text(key):
    assert told(png([(key, "2014:05:06 07:08:09")])) == (
        "PNG text",
        datetime(2014, 5, 6, 7, 8, 9),
    )


def test_the_file_times_that_imagemagick_writes_are_no_dates():
    assert told(png([("date:create", "2014-05-06T07:08:09+00:00")])) is None


@pytest.mark.parametrize(
    ("name", "sidecar"),
    [
        ("IMG_1.jpg", "IMG_1.jpg.json"),
        ("IMG_1.jpg", "IMG_1.jpg.supplemental-metadata.json"),
        ("IMG_1.jpg", "IMG_1.json"),
        ("IMG_1(2).jpg", "IMG_1.jpg(2).json"),
        ("IMG_1(2).jpg", "IMG_1.jpg.supplemental-metadata(2).json"),
        ("IMG_1-edited.jpg", "IMG_1.jpg.json"),
        ("a" * 40 + ".jpg", "a" * 40 + ".jpg.s.json"),
        ("b" * 60 + ".jpg", "b" * 46 + ".json"),
        ("IMG_1(2).jpg", "IMG_1(2).jpg.json"),
        ("IMG_1-edited(1).jpg", "IMG_1.jpg(1).json"),
        ("IMG_1(1)-edited.jpg", "IMG_1.jpg.supplemental-metadata(1).json"),
        ("IMG_1-ha editado.jpg", "IMG_1.jpg.supplemental-meta.json"),
        ("IMG_1-編集済み.jpg", "IMG_1.jpg.json"),
        ("IMG_1-modifie\u0301.jpg", "IMG_1.jpg.json"),
        ("Mu\u0308ller-bearbeitet.jpg", "M\xfcller.jpg.json"),
        ("M\xfcller.jpg", "Mu\u0308ller.jpg.JSON"),
        ("IMG_1-effects-edited.jpg", "IMG_1.jpg.json"),
        ("IMG_1~2.jpg", "IMG_1.jpg.json"),
        ("IMG_1編集済み.jpg", "IMG_1.jpg.json"),
        ("IMG_1（已编辑）.jpg", "IMG_1.jpg.json"),
        ("IMG_1-bewerkt.jpg", "IMG_1.HEIC.json"),
        ("c" * 43 + "-edi.jpg", "c" * 43 + ".jp.json"),
        ("写" * 20 + ".jpg", "写" * 15 + ".json"),
    ],
)
def test_takeout(tmp_path, name, sidecar):
    content = {"title": name, "photoTakenTime": {"timestamp": "1546416245"}}
    (tmp_path / sidecar).write_text(json.dumps(content))
    assert told(PLAIN, str(tmp_path / name)) == ("sidecar", datetime(2019, 1, 2, 3, 4, 5))


@pytest.mark.parametrize(
    "name", ["IMG_12.jpg", "IMG_1(2).jpg", "IMG_1-2.jpg", "IMG_1_002.jpg", "XIMG_1.jpg"]
)
def test_the_json_of_another_photo_is_not_taken(tmp_path, name):
    (tmp_path / "IMG_1.jpg.json").write_text('{"photoTakenTime": {"timestamp": "1546416245"}}')
    assert told(PLAIN, str(tmp_path / name)) is None


def test_the_json_of_the_photo_itself_comes_before_that_of_one_whose_name_it_continues(tmp_path):
    for name, day in (("IMG-a.png", 1), ("IMG.jpg", 2), ("IMG-a.jpg", 3)):
        content = {"photoTakenTime": {"timestamp": str(1546300800 + 86400 * day)}}
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    assert told(PLAIN, str(tmp_path / "IMG-a.jpg"))[1].day == 3


@pytest.mark.parametrize("name", ["IMG_1.jpg.xmp", "IMG_1.xmp", "IMG_1.XMP"])
def test_xmp_beside_the_photo(tmp_path, name):
    (tmp_path / name).write_bytes(xmp(("exif:DateTimeOriginal", "2014-05-06T07:08:09")))
    expected = ("sidecar", datetime(2014, 5, 6, 7, 8, 9))
    assert told(PLAIN, str(tmp_path / "IMG_1.jpg")) == expected


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"[" * 100_000,
        b"\xff\xfe{}",
        b'{"photoTakenTime": 7}',
        b'{"photoTakenTime": {"timestamp": null}}',
        b'{"photoTakenTime": {"timestamp": "0"}}',
        b'{"photoTakenTime": {"timestamp": "99999999999999999999"}}',
        b" " * LARGEST_SIDECAR + b'{"photoTakenTime": {"timestamp": "1546416245"}}',
    ],
    ids=range(11),
)
def test_odd_sidecars_tell_nothing(tmp_path, content):
    (tmp_path / "IMG_1.jpg.json").write_bytes(content)
    assert told(PLAIN, str(tmp_path / "IMG_1.jpg")) is None


def test_a_folder_with_the_name_of_a_sidecar(tmp_path):
    (tmp_path / "IMG_1.jpg.json").mkdir()
    assert told(PLAIN, str(tmp_path / "IMG_1.jpg")) is None


def test_z_is_brought_to_local_time_and_offsets_are_not():
    assert parse_date("2019-01-02T08:04:05Z") == datetime(2019, 1, 2, 3, 4, 5)
    assert parse_date("2019-01-02T08:04:05+05:00") == datetime(2019, 1, 2, 8, 4, 5)


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)))
def test_dates_as_exif_and_iso_write_them(when):
    assert parse_date(when.isoformat()) == when
    assert parse_date(when.strftime("%Y:%m:%d %H:%M:%S"), f"{when.microsecond:06d}") == when


@given(st.text(), st.text())
def test_no_text_is_too_odd(text, fraction):
    parse_date(text, fraction)
    parse_date("2019:01:02 03:04:05", fraction)


@pytest.mark.parametrize("data", [b"", b"no picture", PLAIN[:40], photo()[:60]])
def test_damaged_files_have_no_dates(data):
    assert embedded_dates(data, NOW) == EmbeddedDates(None, None)


@pytest.mark.filterwarnings("ignore:::PIL")
@given(st.data())
def test_damaged_exif_is_no_error(data):
    block = bytearray(exif(t9003="2019:01:02 03:04:05", t0132="2020:01:01 00:00:00"))
    for _ in range(4):
        block[data.draw(st.integers(0, len(block) - 1))] = data.draw(st.integers(0, 255))
    embedded_dates(encoded(quarters((16, 16)), "JPEG", exif=bytes(block)), NOW)


def test_the_file_time_is_only_told_when_asked(tmp_path):
    path = tmp_path / "IMG_1234.png"
    path.write_bytes(PLAIN)
    os.utime(path, (1546416245, 1546416245))
    assert photo_date(str(path), PLAIN) is None
    date = file_time(path.stat().st_mtime_ns)
    assert (date.source, date.when) == ("file time", datetime(2019, 1, 2, 3, 4, 5))
    assert file_time(2**62).source == "file time"


def test_without_a_given_now_the_clock_counts():
    tomorrow = datetime.now() + timedelta(days=2)
    late = photo(t9003=tomorrow.strftime("%Y:%m:%d %H:%M:%S"))
    assert photo_date("IMG_1.jpg", late) is None


def test_known_dates_are_enough():
    embedded = embedded_dates(photo(t0132="2017:01:01 01:00:00"), NOW)
    assert best_date("IMG_1.jpg", embedded, NOW) == embedded.changed
    assert best_date("2015-11-26.jpg", embedded, NOW).source == "file name"
