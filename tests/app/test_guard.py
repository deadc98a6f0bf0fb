from __future__ import annotations

import asyncio
import socket

import pytest

from photomosaic.app.guard import Guard

TOKEN = "a-token-of-the-tests"  # noqa: S105
COOKIE = f"other=1; photomosaic-8080={TOKEN}"


def ask(path="/", kind="http", method="GET", everywhere=False, **headers):
    """Return the status and headers of an answer; status 200 if the page answered."""
    sent = []

    async def page(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message):
        sent.append(message)

    headers = {"host": "127.0.0.1:8080"} | headers
    path, _, query = path.partition("?")
    scope = {"type": kind, "method": method, "path": path, "query_string": query.encode()}
    scope["headers"] = [(name.encode(), value.encode()) for name, value in headers.items()]
    guard = Guard(page, TOKEN, 8080, everywhere=everywhere)
    asyncio.run(guard(scope, None, send))
    return sent[0].get("status", 403), dict(sent[0].get("headers", []))


def test_the_link_gives_a_cookie_and_loses_its_token():
    status, headers = ask(f"/?token={TOKEN}")
    assert (status, headers[b"location"]) == (303, b"/")
    assert headers[b"set-cookie"] == (
        f"photomosaic-8080={TOKEN}; Path=/; HttpOnly; SameSite=Strict".encode()
    )
    assert ask(f"//evil.example/?token={TOKEN}")[1][b"location"] == b"/evil.example/"


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_without_the_token_nothing_is_answered(kind):
    for cookie in ("", "photomosaic-8080=wrong", f"photomosaic-1={TOKEN}", "a=\x01;", "ü"):
        assert ask(kind=kind, cookie=cookie)[0] == 403
    for path in ("/?token=", "/?token=wrong", f"/?x={TOKEN}", "/results/1/a.jpg"):
        assert ask(path, kind=kind)[0] == 403


def test_with_the_cookie_the_page_answers():
    status, headers = ask(cookie=COOKIE)
    assert (status, headers[b"x-frame-options"]) == (200, b"DENY")
    assert ask(kind="lifespan")[0] == 200


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_another_site_cannot_ask_for_more_than_reading(kind):
    ways = {"kind": kind, "method": "POST", "cookie": COOKIE}
    assert ask(**ways)[0] == 403
    assert ask(**ways, origin="http://evil.example")[0] == 403
    assert ask(**ways, origin="http://127.0.0.1:9999")[0] == 403
    assert ask(**ways, origin="http://127.0.0.1:8080")[0] == 200


@pytest.mark.parametrize(
    ("host", "near", "far"),
    [
        ("localhost:8080", 200, 200),
        ("[::1]:8080", 200, 200),
        ("192.168.1.7:8080", 403, 200),
        (f"{socket.gethostname()}:8080", 403, 200),
        ("evil.example:8080", 403, 403),
        ("127.0.0.1.evil.example", 403, 403),
        ("", 403, 403),
    ],
)
def test_only_names_that_nobody_else_can_give_are_served(host, near, far):
    assert ask(cookie=COOKIE, host=host)[0] == near
    assert ask(cookie=COOKIE, host=host, everywhere=True)[0] == far
    # Nor does the link help.
    assert (ask(f"/?token={TOKEN}", host=host)[0] == 303) == (near == 200)
