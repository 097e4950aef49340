"""What both services share: limits on requests, plain errors, and the server. Imports FastAPI."""

import contextlib
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trainer.errors import Interrupted, TrainerError, WorldFailed


def application(title: str, *, largest_body: int) -> FastAPI:
    """Return an app without the documentation pages (they load scripts from elsewhere)."""
    app = FastAPI(title=title, docs_url=None, redoc_url=None)
    app.add_middleware(BodyLimit, largest=largest_body)
    app.add_exception_handler(RequestValidationError, _explain)
    app.add_exception_handler(TrainerError, _excuse)
    app.add_exception_handler(HTTPException, _refuse)
    return app


class BodyLimit:
    """Answers 413 to a body larger than `largest` bytes, announced or not, without keeping it."""

    def __init__(self, app: ASGIApp, largest: int) -> None:
        self._app, self._largest = app, largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body, messages = 0, []
        more = True
        while more:
            message = await receive()
            messages.append(message)
            body += len(message.get("body", b""))
            more = message.get("more_body", False)
            if body > self._largest:
                refusal = JSONResponse(
                    {"detail": f"the body exceeds {self._largest} bytes"},
                    status_code=413,
                    headers={"connection": "close"},
                )
                await refusal(scope, receive, send)
                return
        waiting = iter(messages)

        async def replay() -> Message:
            return next(waiting, None) or await receive()

        await self._app(scope, replay, send)


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
        app, log_config=None, access_log=False, timeout_graceful_shutdown=2, lifespan="off"
    )
    # uvicorn shuts down in order, then raises the signal again for us: that is a clean end here.
    with listener, contextlib.suppress(Interrupted, KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


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
    found: list[dict[str, Any]] = (
        list(error.errors()) if isinstance(error, RequestValidationError) else []
    )
    told = [{key: each[key] for key in ("type", "loc", "msg")} for each in found[:10]]
    return JSONResponse({"detail": told}, status_code=422)
