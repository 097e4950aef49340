"""The verb `health`: ask the service in this container how it is (Docker's HEALTHCHECK).

Standard library only and quick to start: it runs every few seconds as long as the container lives.
"""

import http.client
import json

from trainer.errors import ProofFailed
from trainer.settings import bind_address

_TIMEOUT = 5.0  # seconds, below the HEALTHCHECK's own


def health() -> str:
    """Return the service's own word, "healthy"; raises `ProofFailed` for anything else."""
    near, port = near_address()
    connection = http.client.HTTPConnection(near, port, timeout=_TIMEOUT)  # knows no proxies
    try:
        connection.request("GET", "/health")
        response = connection.getresponse()
        answer = json.loads(response.read(65536))
        status, reason = str(answer.get("status")), answer.get("reason")
    except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
        raise ProofFailed(
            f"no health from {near}:{port}: {error or type(error).__name__}"
        ) from error
    finally:
        connection.close()
    if response.status != 200 or status != "healthy":
        raise ProofFailed(f"the service is {status} (HTTP {response.status}): {reason}")
    return status


def near_address() -> tuple[str, int]:
    """Return where the service of this container is reached from inside; raises `BadInput`."""
    host, port = bind_address()
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104  (compared, not bound)
