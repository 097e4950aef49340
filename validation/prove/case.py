"""What the suite is told about the image under proof: one JSON file from the host to pytest.

Imports engine.client and model. The suite runs in a process of its own.
"""

from pathlib import Path

import msgspec

from validation.engine.client import Engine
from validation.model import Image, Record


class Case(Record, frozen=True, kw_only=True):
    """One running container of one image, and what the image was declared to be.

    `pins` are the lock's {name: version}, empty where `unlocked` says why there are none.
    `gpu` is empty when the container has a GPU, else the reason why GPU checks cannot run.
    `health_seconds` is how long the service may take to become healthy.
    """

    engine: Engine
    image: Image
    image_id: str
    container_id: str
    pins: dict[str, str]
    unlocked: str
    gpu: str
    health_seconds: float


def _as_path(wanted: type, value: object) -> Path:
    """Return a path from its text; nothing else in a case needs help."""
    if wanted is not Path or not isinstance(value, str):
        raise NotImplementedError(f"{wanted} in a case")
    return Path(value)


def encode_case(case: Case) -> bytes:
    """Return a case as JSON."""
    return msgspec.json.encode(case, enc_hook=str)


def decode_case(text: bytes) -> Case:
    """Return the case that `encode_case` wrote; raises `msgspec.MsgspecError`."""
    return msgspec.json.decode(text, type=Case, dec_hook=_as_path)
