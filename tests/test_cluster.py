from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path

import pytest
from PIL import Image
from skimage import data

import mosaic
from photomosaic.cli.console import INTERRUPTED
from photomosaic.errors import InputError
from photomosaic.faces.face import to_bytes
from photomosaic.faces.face_library import FaceLibrary
from photomosaic.images.listing import list_photos
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.options.values import RemoteRoot, scheduler_address
from photomosaic.parallel import cluster
from photomosaic.parallel.cluster import Cluster, ClusterWorkers, check_versions, check_wanted
from photomosaic.progress import Work

PROJECT = Path(__file__).resolve().parents[1]
DASK = Path(sys.executable).with_name("dask")


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """Start a scheduler and two workers as users do, and return its address."""
    pytest.importorskip("distributed")
    folder = tmp_path_factory.mktemp("dask")
    quiet = {"stdout": subprocess.DEVNULL, "start_new_session": True, "cwd": PROJECT}
    environment = os.environ | {"PYTHONPATH": f".{os.pathsep}tests"}
    log = folder / "log"
    with log.open("wb") as errors:
        options = ["--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0"]
        processes = [
            subprocess.Popen([DASK, "scheduler", *options], stderr=errors, env=environment, **quiet)
        ]
    try:
        for _ in range(600):
            found = re.search(r"Scheduler at:\s+(tcp://\S+)", log.read_text())
            if found:
                break
            time.sleep(0.1)
        options = ["--nworkers", "2", "--nthreads", "1", "--no-dashboard"]
        command = [DASK, "worker", found[1], *options, "--local-directory", folder]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment, **quiet)
        processes.append(process)
        yield found[1]
    finally:
        for process in processes[::-1]:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    monkeypatch.setattr(cluster, "SECONDS_TO_ANSWER", 120)


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(23):
        size = 300 + number, 240
        Image.radial_gradient("L").resize(size).rotate(number).save(folder / f"{number:02d}.jpg")
    (folder / "damaged.jpg").write_bytes(b"\xff\xd8\xff nothing")
    return folder


def indexed(folder, used=None):
    """Return what the index of a folder says and holds, if read by a cluster or by threads."""
    with used or nullcontext(), PhotoLibrary(None, Work(2, cluster=used)) as library:
        index = library.index(list_photos(folder))
        rows = library._database.rows("SELECT hash, height, width, thumbnail FROM photos")
        return str(index), index.photos, index.unreadable, list(map(tuple, rows))


def mapped(address, function, items, lost=None):
    with Cluster(address) as used:
        return list(ClusterWorkers(used, lost).map(function, items))


def doubled_but_deadly(item):
    """Return twice a number; end the worker with the first 5, and with each 7."""
    number, marks = item
    if number == 7 or (number == 5 and not list(marks.glob("5-*"))):
        (marks / f"{number}-{time.monotonic_ns()}").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def test_photos_are_read_as_by_threads(scheduler, photos):
    there = indexed(photos, Cluster(scheduler))
    assert there == indexed(photos)
    assert there[0].startswith("24 photos: 0 from the cache, 23 new, 0 removed, 1 unreadable")


def test_folders_have_other_names_there(scheduler, photos, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    photos.rename(elsewhere)
    photos.mkdir()
    for path in elsewhere.iterdir():
        (photos / path.name).write_bytes(b"not there")
    roots = ((str(tmp_path / "other"), "/"), (str(photos), str(elsewhere)))
    there, here = indexed(photos, Cluster(scheduler, roots)), indexed(elsewhere)
    assert (there[0], there[3]) == (here[0], here[3])
    assert [photo.path for photo in there[1]] == [str(photos / f"{n:02d}.jpg") for n in range(23)]


def test_a_dead_worker_costs_its_batch_and_what_ends_three_is_left_out(tmp_path):
    pytest.importorskip("distributed")
    items = [(number, tmp_path) for number in range(40)]
    made = mapped("local:3", doubled_but_deadly, items, lambda item: -item[0])
    assert made == [-number if number == 7 else 2 * number for number in range(40)]
    ended = [len(list(tmp_path.glob(f"{number}-*"))) for number in (5, 7)]
    # Twice alone; its batch may have been with the worker that 5 ended.
    assert ended in ([1, 2], [1, 3])


def test_long_batches_return_what_is_done(scheduler, monkeypatch):
    monkeypatch.setattr(cluster, "SECONDS_OF_BATCH", 0.0)
    sent = []
    real = cluster._Run._submitted

    def submitted(run, items, **how):
        sent.append(list(items))
        return real(run, items, **how)

    monkeypatch.setattr(cluster._Run, "_submitted", submitted)
    with Cluster(scheduler) as used:
        made = ClusterWorkers(used, None, batch=3).map(slowly, [(0, n) for n in range(24)])
        assert [next(made) for _ in range(3)] == [0, 1, 2]
        made.close()
    assert [len(items) for items in sent] == [3, 3, 3, 3, 2, 1]


def slowly(item):
    seconds, result = item
    time.sleep(seconds)
    return result


def test_faces_are_found_as_by_this_process(scheduler, tmp_path):
    pytest.importorskip("dlib")
    Image.fromarray(data.astronaut()).save(tmp_path / "a.png")
    Image.fromarray(data.astronaut()[:, ::-1]).save(tmp_path / "b.png")
    (tmp_path / "c.png").write_bytes(b"\x89PNG nothing")
    found = []
    for used in (Cluster(scheduler), None):
        with used or nullcontext(), FaceLibrary(None, Work(cluster=used)) as library:
            scan = library.scan(list_photos(tmp_path))
            photos = [(photo.hash, to_bytes(photo.faces)) for photo in scan.photos]
            found.append((photos, scan.faces, scan.unreadable))
    assert found[0] == found[1]
    assert found[0][1] == 2


CLIENT = """
import sys
from photomosaic.cli.console import guarded
from photomosaic.parallel.cluster import Cluster, ClusterWorkers
from test_cluster import until_cancelled

def body():
    with Cluster(sys.argv[1]) as used:
        list(ClusterWorkers(used, None, batch=1).map(until_cancelled, range(99)))

sys.exit(guarded("client", body))
"""


def until_cancelled(_):
    while True:
        check_wanted()
        time.sleep(0.05)


def tasks_of(dask_worker):
    return dask_worker.state.executing_count


def wait_for_workers(client, busy):
    until = time.monotonic() + 60
    while any(client.run(tasks_of).values()) != busy:
        assert time.monotonic() < until
        time.sleep(0.1)


def test_ctrl_c_cancels_what_runs_there(scheduler, tmp_path):
    distributed = pytest.importorskip("distributed")
    command = [sys.executable, "-c", CLIENT, scheduler]
    environment = os.environ | {"PYTHONPATH": f"{PROJECT}{os.pathsep}{PROJECT / 'tests'}"}
    with (
        distributed.Client(scheduler, set_as_default=False) as other,
        subprocess.Popen(
            command, env=environment, cwd=tmp_path, stderr=-1, start_new_session=True
        ) as client,
    ):
        wait_for_workers(other, busy=True)
        os.killpg(client.pid, signal.SIGINT)
        _, errors = client.communicate(timeout=60)
        assert client.returncode == INTERRUPTED
        assert errors == b"client: stopped; nothing half-done is left behind\n"
        wait_for_workers(other, busy=False)


def test_where_no_scheduler_answers(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "SECONDS_TO_ANSWER", 0.5)
    with pytest.raises(InputError, match=r"^tcp://127\.0\.0\.1:9: no Dask scheduler"):
        mapped("tcp://127.0.0.1:9", abs, [1])


def test_without_dask(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install -r requirements-cluster\.txt"):
        mapped("local:3", abs, [1])


def test_other_versions_are_refused():
    here, name = {"python": "3.11", "pillow": "13.0"}, "tcp://a:1"
    check_versions(name, here, {"tcp://b:2": here | {"numpy": "2"}})
    for there, told in ((here | {"pillow": "12.0"}, "12.0"), ({"python": "3.11"}, "not at all")):
        with pytest.raises(InputError, match=f"b:2 has pillow {told}, and this computer"):
            check_versions(name, here, {"tcp://b:2": there})


@pytest.mark.parametrize("text", ["local:3", "tcp://host:8786", "tls://10.0.0.1:1"])
def test_addresses(text):
    assert scheduler_address(text) == text


@pytest.mark.parametrize(
    "text", ["", "local", "local:0", "local:-1", "http://a:1", "tcp://a", "a:1"]
)
def test_what_is_no_address(text):
    with pytest.raises(InputError, match="neither local:N nor an address"):
        scheduler_address(text)


def test_remote_roots():
    assert RemoteRoot.parse("/a/b/=/mnt/x/") == ("/a/b", "/mnt/x")
    assert RemoteRoot.parse("/a=/") == ("/a", "/")
    for text in ("/a", "=/b", "/a=b", ""):
        with pytest.raises(InputError, match="is not LOCAL=REMOTE"):
            RemoteRoot.parse(text)


@pytest.mark.parametrize(
    ("variable", "options", "told"),
    [
        (None, ["--remote-root", "/a=/b"], "--remote-root needs --scheduler"),
        ("tcp://a", [], "DASK_SCHEDULER_ADDRESS: 'tcp://a' is neither"),
        (None, ["--scheduler", "a:1"], "--scheduler"),
        ("tcp://127.0.0.1:9", [], "tcp://127.0.0.1:9: no Dask scheduler answers there"),
    ],
)
def test_what_is_refused_in_one_line(
    monkeypatch, capsys, photos, tmp_path, variable, options, told
):
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "SECONDS_TO_ANSWER", 0.5)
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    if variable:
        monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", variable)
    words = ["--target", photos / "00.jpg", "--codebook-dir", photos, "--scale", 4, "--no-cache"]
    words += ["--savepath", tmp_path / "made.png", *options]
    assert mosaic.main([str(word) for word in words]) == 2
    messages = capsys.readouterr().err
    assert told in messages
    assert "Traceback" not in messages
