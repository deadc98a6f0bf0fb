"""Who may see the page: those with the token, by an address that no other site can take."""

from __future__ import annotations

import hmac
import ipaddress
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK = ("127.0.0.1", "localhost", "::1")
WITHOUT_TOKEN = b"Open the page by the whole link that app.py has printed.\n"
WRONG_HOST = b"This page is not served under that name; open the link that app.py has printed.\n"
HEADERS = [
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
]
SAFE_METHODS = ("GET", "HEAD")


class Guard:
    """Answers 403 to all that comes without the token, by another name, or from another site.

    The link holds the token. It is answered with a cookie, and with the address without the token,
    so that this is neither seen nor saved with the page. A name of the network in the Host header
    may be one that somebody else has given to this computer (DNS rebinding), so only numbers and
    the computer's own names are served.

    Parameters
    ----------
    app : callable
        An ASGI application.
    token : str
    port : int
        Names the cookie, since cookies are the same for all ports.
    everywhere : bool
        Whether other computers may ask, too.
    """

    def __init__(self, app: App, token: str, port: int, *, everywhere: bool) -> None:
        self.app = app
        self._token = token
        self._cookie = f"photomosaic-{port}"
        self._everywhere = everywhere

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if not self._serves(headers.get(b"host", "")):
            await _refuse(scope, send, WRONG_HOST)
        elif scope["type"] == "http" and self._is_token(_token_of(scope)):
            await self._let_in(scope, send)
        elif not self._is_token(self._cookie_of(headers)) or not _own_site(scope, headers):
            await _refuse(scope, send, WITHOUT_TOKEN)
        else:
            await self.app(scope, receive, _with_headers(send))

    def _serves(self, host: str) -> bool:
        name = urlsplit(f"//{host}").hostname if host else None
        if name is None:
            return False
        if name in LOOPBACK:
            return True
        return self._everywhere and (_is_address(name) or name in _own_names())

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())

    def _cookie_of(self, headers: MutableMapping[bytes, str]) -> str:
        try:
            cookies = SimpleCookie(headers.get(b"cookie", ""))
        except CookieError:
            return ""
        return str(cookies[self._cookie].value) if self._cookie in cookies else ""

    async def _let_in(self, scope: Scope, send: Send) -> None:
        cookie = f"{self._cookie}={self._token}; Path=/; HttpOnly; SameSite=Strict"
        # Of the path alone: what follows // would be another host.
        place = "/" + scope["path"].lstrip("/\\")
        head = [(b"location", place.encode()), (b"set-cookie", cookie.encode()), *HEADERS]
        await send({"type": "http.response.start", "status": 303, "headers": head})
        await send({"type": "http.response.body", "body": b""})


def _token_of(scope: Scope) -> str:
    words = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=50)
    return str(words.get("token", [""])[0])


def _own_site(scope: Scope, headers: MutableMapping[bytes, str]) -> bool:
    """Tell whether the page itself asks, which matters to all that is more than reading."""
    if scope["type"] == "http" and scope["method"] in SAFE_METHODS:
        return True
    return urlsplit(headers.get(b"origin", "")).netloc == headers.get(b"host")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _own_names() -> set[str]:
    name = socket.gethostname().lower()
    return {name, f"{name.partition('.')[0]}.local"}


def _with_headers(send: Send) -> Send:
    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *HEADERS]
        await send(message)

    return sending


async def _refuse(scope: Scope, send: Send, reason: bytes) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    head = [(b"content-type", b"text/plain; charset=utf-8"), *HEADERS]
    await send({"type": "http.response.start", "status": 403, "headers": head})
    await send({"type": "http.response.body", "body": reason})
