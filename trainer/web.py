"""What both services share: limits on requests, plain errors, and the server. Imports FastAPI."""

import contextlib
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import anyio
import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trainer.errors import Interrupted, TrainerError, WorldFailed

_ABREAST = 16  # bodies of the largest size, or more smaller ones, that are held at a time
_ARRIVAL = 30.0  # seconds that a body may take to arrive
_TOLD = 10  # errors that an answer lists
_LONGEST_NAME = 100  # characters of a name that an answer repeats


@dataclass(frozen=True, kw_only=True)
class Room:
    """The most that a request's body may be."""

    size: int  # bytes
    # What stands in its lists and objects, in all. Decoded, three bytes can take a hundred, and
    # nothing else is answered while they are decoded: they are counted before.
    values: int

    def objection(self, body: bytearray) -> str | None:
        """Return why a body is too large, None for one that is not."""
        if len(body) > self.size:
            return f"the body exceeds {self.size} bytes"
        if sum(map(body.count, (b",", b"[", b"{"))) > self.values:
            return f"the body holds more than {self.values} values"
        return None


def application(title: str, *, room: Callable[[], Room]) -> FastAPI:
    """Return an app without the documentation pages (they load scripts from elsewhere).

    `room` is asked with each request.
    """
    app = FastAPI(title=title, docs_url=None, redoc_url=None)
    app.add_middleware(BodyLimit, room=room)
    app.add_exception_handler(RequestValidationError, _explain)
    app.add_exception_handler(TrainerError, _excuse)
    app.add_exception_handler(HTTPException, _refuse)
    return app


class BodyLimit:
    """Holds each body whole before the application sees it, and refuses what would fill memory.

    413 to one of more than `room()`, announced or not; 408 to one that is not there in time; 503
    while others take up what may be held.
    """

    def __init__(self, app: ASGIApp, room: Callable[[], Room]) -> None:
        self._app, self._room = app, room
        self._held = 0  # bytes of all bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = bytearray()
        try:
            whole = await self._arrived(receive, body)
            if isinstance(whole, JSONResponse):
                await whole(scope, receive, send)
                return
            waiting = iter([whole])

            async def replay() -> Message:
                return next(waiting, None) or await receive()

            await self._app(scope, replay, send)
        finally:
            self._held -= len(body)

    async def _arrived(self, receive: Receive, body: bytearray) -> Message | JSONResponse:
        """Return the body as one message, or the refusal; what came of it is in `body`."""
        room, more = self._room(), True
        with anyio.move_on_after(_ARRIVAL):
            while more:
                message = await receive()
                if message["type"] != "http.request":  # the client is gone
                    return message
                piece = message.get("body", b"")
                if self._held + len(piece) > _ABREAST * room.size:
                    return _closing(503, "too much is being sent at once", {"retry-after": "1"})
                # Not a list of pieces: each has its own cost, and a client may send single bytes.
                body += piece
                self._held += len(piece)
                more = message.get("more_body", False)
                if len(body) > room.size:
                    break
            objection = room.objection(body)
            if objection:
                return _closing(413, objection)
            return {"type": "http.request", "body": bytes(body), "more_body": False}
        return _closing(408, f"the body did not arrive within {_ARRIVAL:g} s")


def serve(app: FastAPI, host: str, port: int, *, say: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; raises `WorldFailed` where the port cannot be had."""
    try:
        listener = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
    except OSError as error:
        raise WorldFailed(
            f"cannot listen on {host}:{port}: {error.strerror or error}",
            hint="set IMAGEWRIGHT_PORT to a free port",
        ) from error
    say(f"{app.title}: listening on {host}:{listener.getsockname()[1]}")
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="error",  # its warnings are of what clients send: lines without end
        access_log=False,
        timeout_graceful_shutdown=2,
        lifespan="off",
    )
    # uvicorn shuts down in order, then raises the signal again for us: that is a clean end here.
    with listener, contextlib.suppress(Interrupted, KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


def _closing(status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return a refusal after which the rest of the body is not read."""
    return JSONResponse({"detail": detail}, status, {"connection": "close", **(headers or {})})


async def _refuse(request: Request, error: Exception) -> JSONResponse:
    """Say what is wrong; a 405 names every method of the path, not those of one route alone."""
    if not isinstance(error, HTTPException):  # only for those is this registered
        raise error
    headers = dict(error.headers or {})
    served = request.app.openapi()["paths"].get(getattr(request.scope.get("route"), "path", ""))
    if error.status_code == 405 and served:
        headers["allow"] = ", ".join(sorted(method.upper() for method in served))
    return JSONResponse({"detail": error.detail}, error.status_code, headers)


async def _excuse(_request: Request, error: Exception) -> JSONResponse:
    """Say what failed in the world: it may work again later."""
    what = error.what if isinstance(error, TrainerError) else "it failed"
    return JSONResponse({"detail": what}, status_code=503, headers={"retry-after": "10"})


async def _explain(_request: Request, error: Exception) -> JSONResponse:
    """Say where and why, and leave the input out: echoed NaNs would break the answer's JSON."""
    found: Sequence[Any] = error.errors() if isinstance(error, RequestValidationError) else []
    told = [
        {"type": each["type"], "loc": _shortened(each["loc"]), "msg": each["msg"]}
        for each in found[:_TOLD]
    ]
    return JSONResponse({"detail": told}, status_code=422)


def _shortened(place: Sequence[str | int]) -> list[str | int]:
    """Return where an error is; the names in it are the client's, and as long as it likes."""
    return [part if isinstance(part, int) else part[:_LONGEST_NAME] for part in place]
