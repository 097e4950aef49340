"""The training service's application. Imports torch, FastAPI.

    GET /health  200 when the device it was told to use computes, 503 with the reason otherwise
    GET /ready   200 when it could take work: device and a writable data folder

`def` endpoints on purpose: FastAPI runs them in threads, so a slow device stalls no other request.
"""

import importlib.metadata
import os
import platform
import time
from typing import Any

import torch
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from trainer.device import CHOICES, Device, choose_device, driver_version, probe
from trainer.errors import BadInput, WorldFailed
from trainer.files import writable_folder
from trainer.settings import data_folder, image_id, revision
from trainer.web import application

_LARGEST_BODY = 64 * 1024


def wished_device() -> str:
    """Return IMAGEWRIGHT_DEVICE; raises `BadInput` unless it is auto, cpu or cuda."""
    wish = os.environ.get("IMAGEWRIGHT_DEVICE") or "auto"
    if wish not in CHOICES:
        raise BadInput(f"IMAGEWRIGHT_DEVICE={wish!r}", hint=f"one of {', '.join(CHOICES)}")
    return wish


def training_app(wish: str) -> FastAPI:
    """Return the application for a wished device ("auto", "cpu", "cuda")."""
    app = application("imagewright training", largest_body=_LARGEST_BODY)
    installed = versions()
    started = time.monotonic()

    @app.get("/health")
    def health() -> JSONResponse:
        told: dict[str, Any] = {
            "service": "training",
            "image": image_id(),
            "revision": revision(),
            "uptime_seconds": round(time.monotonic() - started, 1),
            "device": {"asked": wish},
            "versions": installed,
        }
        try:
            device = choose_device(wish)
            told["device"] |= describe(device)
            probe(device)
        except WorldFailed as error:
            told |= {"status": "unhealthy", "reason": error.what}
            return JSONResponse(told, status_code=503)
        return JSONResponse({"status": "healthy", **told})

    @app.get("/ready")
    def ready() -> JSONResponse:
        try:
            probe(choose_device(wish))
            writable_folder(data_folder())
        except (WorldFailed, BadInput) as error:
            return JSONResponse({"ready": False, "reason": error.what}, status_code=503)
        return JSONResponse({"ready": True})

    return app


def describe(device: Device) -> dict[str, Any]:
    """Return what a person asks about a device: its kind, name, capability and driver."""
    told: dict[str, Any] = {"used": device.torch.type, "name": device.name}
    if device.is_gpu:
        major, minor = torch.cuda.get_device_capability(device.torch)
        told |= {"capability": f"{major}.{minor}", "driver": driver_version()}
    return told


def versions() -> dict[str, str | None]:
    """Return the versions of what the service is made of; absent packages are None."""
    told: dict[str, str | None] = {
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "cuda": torch.version.cuda,
    }
    return told | {name: _installed(name) for name in ("numpy", "onnx", "onnxscript")}


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
