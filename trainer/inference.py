"""The inference service's application. Imports ONNX Runtime, NumPy, FastAPI; no torch.

    GET  /health   200 when ONNX Runtime computes, and the model too where one is loaded
    GET  /ready    200 when a model is loaded
    POST /predict  IQ samples → positions in metres, each with its uncertainty

The model at IMAGEWRIGHT_MODEL is read once, at start. None there is a normal state (a fresh
deployment): healthy, not ready. One that is there and unsound makes the service unhealthy.
"""

import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from trainer import runtime
from trainer.errors import TrainerError
from trainer.features import features
from trainer.scene import Scene
from trainer.settings import image_id, revision
from trainer.web import application

_LARGEST_BATCH = 16
_LARGEST_BODY = 4 * 1024 * 1024  # 16 captures of 5 x 512 samples are about 2 MB of JSON

# In units of the receiver's noise, so 120 dB above it: more is a mistake, and would overflow.
Component = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
Sample = tuple[Component, Component]


class Captures(BaseModel):
    """A request: iq[capture][receiver][sample] = [real, imaginary], noise power 1."""

    model_config = ConfigDict(extra="forbid")
    iq: Annotated[list[list[list[Sample]]], Field(min_length=1, max_length=_LARGEST_BATCH)]


class Estimate(BaseModel):
    """Where one emitter is, and the standard deviation of each coordinate; metres."""

    position: tuple[float, float]
    deviation: tuple[float, float]


class Estimates(BaseModel):
    """The answer: one estimate per capture."""

    estimates: list[Estimate]


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """The model the service has, or why it has none."""

    path: Path
    session: runtime.LocatorSession | None = None
    problem: str | None = None  # a model is there and cannot be used


def load(path: Path) -> Loaded:
    """Load the model at `path` if there is one."""
    if not path.exists():
        return Loaded(path=path)
    try:
        return Loaded(path=path, session=runtime.LocatorSession(path))
    except TrainerError as error:
        return Loaded(path=path, problem=error.what)


def inference_app(path: Path) -> FastAPI:
    """Return the application that answers with the model at `path`."""
    app = application("imagewright inference", largest_body=_LARGEST_BODY)
    loaded = load(path)
    installed = {"python": platform.python_version(), **runtime.versions()}

    @app.get("/health")
    def health() -> JSONResponse:
        told: dict[str, Any] = {
            "service": "inference",
            "image": image_id(),
            "revision": revision(),
            "model": loaded.session and {"path": str(path), "metadata": loaded.session.notes},
            "versions": installed,
        }
        try:
            runtime.probe_runtime()
            if loaded.session:
                locate(loaded.session, _silence(loaded.session.scene))
        except TrainerError as error:
            return JSONResponse({"status": "unhealthy", "reason": error.what, **told}, 503)
        if loaded.problem:
            return JSONResponse({"status": "unhealthy", "reason": loaded.problem, **told}, 503)
        return JSONResponse({"status": "healthy", **told})

    @app.get("/ready")
    def ready() -> JSONResponse:
        if loaded.session is None:
            return JSONResponse({"ready": False, "reason": _absence(loaded)}, status_code=503)
        return JSONResponse({"ready": True})

    @app.post("/predict", responses={413: {}, 503: {}})
    def predict(captures: Captures) -> Estimates:
        if loaded.session is None:
            raise HTTPException(status_code=503, detail=_absence(loaded))
        return locate(loaded.session, _as_array(captures, loaded.session.scene))

    return app


def locate(session: runtime.LocatorSession, iq: Any) -> Estimates:  # noqa: ANN401  (complex64 array)
    """Run front end and network on IQ (captures, receivers, samples)."""
    correlation, level = features(np, session.scene, iq)
    found = session.run({"correlation": correlation, "level": level})
    positions = found["position"].astype(np.float64) * session.scene.half_side
    deviations = np.exp(0.5 * found["log_variance"].astype(np.float64)) * session.scene.half_side
    return Estimates(
        estimates=[
            Estimate(position=tuple(position), deviation=tuple(deviation))
            for position, deviation in zip(positions.tolist(), deviations.tolist(), strict=True)
        ]
    )


def _as_array(captures: Captures, scene: Scene) -> Any:  # noqa: ANN401  (complex64 array)
    """Return (captures, receivers, samples); a ragged or wrongly sized request is a 422."""
    receivers, samples = len(scene.receivers), scene.samples
    for number, capture in enumerate(captures.iq):
        sizes = {len(receiver) for receiver in capture}
        if len(capture) != receivers or sizes != {samples}:
            raise HTTPException(
                status_code=422,
                detail=f"capture {number}: the model takes {receivers} receivers "
                f"of {samples} samples each",
            )
    pairs = np.asarray(captures.iq, dtype=np.float32)
    return pairs[..., 0] + np.complex64(1j) * pairs[..., 1]


def _silence(scene: Scene) -> Any:  # noqa: ANN401  (complex64 array)
    return np.zeros((1, len(scene.receivers), scene.samples), dtype=np.complex64)


def _absence(loaded: Loaded) -> str:
    return loaded.problem or f"no model at {loaded.path}"
