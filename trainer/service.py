"""The training service's application. Imports FastAPI and jobs; no torch.

    GET /health  200 when the device it was told to use computes, 503 with the reason otherwise
    GET /ready   200 when it could take work: device and a writable data folder
    /jobs …      jobs/routes.py

The device is tried by another process (watch.py), and jobs are run by others yet: whatever CUDA
does to them, this one answers.
"""

import importlib.metadata
import os
import platform
import time
from typing import Any

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from trainer.errors import BadInput, TrainerError
from trainer.files import writable_folder
from trainer.jobs.desk import Desk
from trainer.jobs.routes import jobs_router
from trainer.jobs.telemetry import Telemetry, Timed
from trainer.settings import data_folder, image_id, revision
from trainer.watch import DeviceWatch
from trainer.web import Room, application

DEVICES = ("auto", "cpu", "cuda")
_ROOM = Room(size=64 * 1024, values=1000)  # a job has 12 settings
_FIRST = 4.0  # seconds that /health waits for the first word on the device; its client waits 5


def wished_device() -> str:
    """Return IMAGEWRIGHT_DEVICE; raises `BadInput` unless it is auto, cpu or cuda."""
    wish = os.environ.get("IMAGEWRIGHT_DEVICE") or "auto"
    if wish not in DEVICES:
        raise BadInput(f"IMAGEWRIGHT_DEVICE={wish!r}", hint=f"one of {', '.join(DEVICES)}")
    return wish


def training_app(wish: str, watch: DeviceWatch, desk: Desk) -> FastAPI:
    """Return the application over a watched device and a queue of jobs."""
    app = application("imagewright training", room=lambda: _ROOM)
    telemetry = Telemetry(desk, watch.word)
    app.add_middleware(Timed, requests=telemetry.requests)
    app.include_router(jobs_router(desk, telemetry))
    installed = versions()
    started = time.monotonic()

    @app.get("/health", responses={503: {}})
    async def health() -> JSONResponse:
        word = watch.word()
        if word.status == "starting":
            word = await run_in_threadpool(watch.word, _FIRST)
        told: dict[str, Any] = {
            "status": word.status,
            "service": "training",
            "image": image_id(),
            "revision": revision(),
            "uptime_seconds": round(time.monotonic() - started, 1),
            "device": {"asked": wish, **word.device, "memory": word.memory},
            "versions": installed | word.versions,
        }
        if word.status == "healthy":
            return JSONResponse(told)
        return JSONResponse(told | {"reason": word.reason}, status_code=503)

    @app.get("/ready", responses={503: {}})
    def ready() -> JSONResponse:
        word = watch.word()
        reason = None if word.status == "healthy" else word.reason
        try:
            writable_folder(data_folder())
            desk.opened()
        except TrainerError as error:
            reason = error.what
        if reason is not None:
            return JSONResponse({"ready": False, "reason": reason}, status_code=503)
        return JSONResponse({"ready": True})

    return app


def versions() -> dict[str, str | None]:
    """Return the versions of what is installed; absent packages are None."""
    names = ("torch", "numpy", "onnx", "onnxscript")
    return {"python": platform.python_version(), **{name: _installed(name) for name in names}}


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
