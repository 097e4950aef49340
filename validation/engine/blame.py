"""Whose fault a failed build is: its Dockerfile's, or the world's, and what to do then.

Pure; imports model. The words are those of buildx, BuildKit, apt, pip and uv, as they were seen
when engine, disk, registry and index were hurt on purpose (docs/reliability.md).
"""

from collections.abc import Sequence

from validation.model import Record

_SEARCHED_LINES = 200  # of the log's end: BuildKit repeats there what the failed step wrote

_ENGINE = "`imagewright engine up`, then build again"
_REGISTRY = "see that the engine reaches the registry, then build again"
_INDEX = "see that index and archive are reached (`pip config list`, apt's sources), build again"
_KILLED = "a step was killed, by hand or for want of memory: build again"
_SIGNS = {
    "exit code: 137": _KILLED,
    "runc run failed": _KILLED,
    "no space left on device": "free some room on the engine's disk, then build again",
    "cannot connect to the docker daemon": _ENGINE,
    "error during connect": _ENGINE,
    "transport is closing": _ENGINE,
    "error reading from server": _ENGINE,
    "docker.sock: connect": _ENGINE,
    "failed to resolve source metadata": _REGISTRY,
    "failed to copy: httpreadseeker": _REGISTRY,
    "toomanyrequests": _REGISTRY,
    "temporary failure resolving": _INDEX,
    "could not resolve host": _INDEX,
    "name or service not known": _INDEX,
    "connection refused": _INDEX,
    "connection timed out": _INDEX,
    "connection reset by peer": _INDEX,
    "error sending request": _INDEX,
    "error decoding response body": _INDEX,
    "request or response body error": _INDEX,
    "failed to fetch": _INDEX,
    "could not be queried": _INDEX,
    "401 unauthorized": _INDEX,
    "403 forbidden": _INDEX,
}


class Blame(Record, frozen=True, kw_only=True):
    """What of the world failed, and the next step."""

    reason: str
    hint: str


def blame_world(status: int, lines: Sequence[str]) -> Blame | None:
    """Return what of the world failed a build, or None where it is the Dockerfile's own step.

    `status` is buildx's exit status, negative where a signal ended it; `lines` is its log.
    """
    if status < 0:
        return Blame(reason=f"buildx was killed by signal {-status}", hint="build again")
    text = "\n".join(lines[-_SEARCHED_LINES:]).lower()
    sign = next((sign for sign in _SIGNS if sign in text), None)
    return Blame(reason=sign, hint=_SIGNS[sign]) if sign else None
