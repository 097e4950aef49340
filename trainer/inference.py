"""The inference service's application. Imports ONNX Runtime, NumPy, FastAPI; no torch.

    GET  /health   200 when ONNX Runtime computes, and the model too where one is loaded
    GET  /ready    200 when a model is loaded
    POST /predict  IQ samples → positions in metres, each with its uncertainty

The model is the one at IMAGEWRIGHT_MODEL; shelf.py says how a new one takes its place. None there
is a normal state (a fresh deployment): healthy, not ready. An unsound one, with none before it,
makes the service unhealthy.
"""

import platform
from typing import Annotated, Any, TypeVar

import numpy as np
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, FailFast, Field, model_validator
from pydantic_core import PydanticCustomError

from trainer import runtime
from trainer.errors import TrainerError
from trainer.features import features
from trainer.scene import Scene
from trainer.settings import image_id, revision
from trainer.shelf import Shelf
from trainer.web import Room, application

_LARGEST_BATCH = 16
# Bytes of JSON: two numbers of float64's 24 characters at the longest, brackets, commas, blanks.
_LARGEST_SAMPLE = 64

Item = TypeVar("Item")
# Without FailFast every wrong item is an error of its own, of a kilobyte or two.
Few = Annotated[list[Item], FailFast()]
# In units of the receiver's noise, so 120 dB above it: more is a mistake, and would overflow.
Component = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
Sample = tuple[Component, Component]


class Captures(BaseModel):
    """A request: iq[capture][receiver][sample] = [real, imaginary], noise power 1."""

    model_config = ConfigDict(extra="forbid")
    iq: Annotated[Few[Few[Few[Sample]]], Field(min_length=1, max_length=_LARGEST_BATCH)]

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, told: object) -> object:
        """Refuse all other fields as one error, not each as its own."""
        if isinstance(told, dict) and len(told) > 1:
            raise PydanticCustomError("extra_forbidden", "iq is all that is taken")
        return told


class Estimate(BaseModel):
    """Where one emitter is, and the standard deviation of each coordinate; metres."""

    position: tuple[float, float]
    deviation: tuple[float, float]


class Estimates(BaseModel):
    """The answer: one estimate per capture."""

    estimates: list[Estimate]


def inference_app(shelf: Shelf) -> FastAPI:
    """Return the application that answers with a shelf's model."""
    app = application("imagewright inference", room=lambda: _room(shelf))
    installed = {"python": platform.python_version(), **runtime.versions()}

    @app.get("/health", responses={503: {}})
    def health() -> JSONResponse:
        model = shelf.model
        told: dict[str, Any] = {
            "service": "inference",
            "image": image_id(),
            "revision": revision(),
            "model": model and model.as_dict(),
            "refused": shelf.refused,
            "versions": installed,
        }
        reason = None if model else shelf.refused
        try:
            runtime.probe_runtime()
            if model:
                locate(model.session, _silence(model.session.scene))
        except TrainerError as error:
            reason = error.what
        if reason is not None:
            return JSONResponse({"status": "unhealthy", "reason": reason, **told}, 503)
        return JSONResponse({"status": "healthy", **told})

    @app.get("/ready", responses={503: {}})
    def ready() -> JSONResponse:
        if shelf.model is None:
            return JSONResponse({"ready": False, "reason": _absence(shelf)}, status_code=503)
        return JSONResponse({"ready": True})

    @app.post("/predict", responses={400: {}, 408: {}, 413: {}, 422: {}, 503: {}})
    def predict(captures: Captures) -> Estimates:
        model = shelf.model  # once: a swap between two lines must not mix two models
        if model is None:
            raise HTTPException(status_code=503, detail=_absence(shelf))
        return locate(model.session, _as_array(captures, model.session.scene))

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


def _room(shelf: Shelf) -> Room:
    """Return what the largest batch takes: of the model in use, else of the trainer's models."""
    model = shelf.model
    scene = model.session.scene if model else Scene()
    receivers, samples = len(scene.receivers), scene.samples
    return Room(
        size=_LARGEST_BATCH * receivers * samples * _LARGEST_SAMPLE,
        # Twice what it holds (a pair is 3: itself and two), so that a batch too large is explained.
        values=2 * _LARGEST_BATCH * (1 + receivers * (1 + 3 * samples)),
    )


def _silence(scene: Scene) -> Any:  # noqa: ANN401  (complex64 array)
    return np.zeros((1, len(scene.receivers), scene.samples), dtype=np.complex64)


def _absence(shelf: Shelf) -> str:
    return shelf.refused or f"no model at {shelf.path}"
