"""Waits until the service in this container answers that it is healthy.

Runs inside images: standard library only. Asks again and again, at least _PAUSE apart, until the
answer is a 200 that says "healthy"; prints that word and exits 0. Exits 1 with the last answer
after the argument's number of seconds.
"""

import http.client
import json
import sys
import time

_PAUSE = 0.02  # seconds: the resolution of what is measured by this


def ask() -> str:
    """Return the service's own word, or why there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", 8002, timeout=5)
    try:
        connection.request("GET", "/health")
        response = connection.getresponse()
        answer = json.loads(response.read(65536))
        return str(answer.get("status")) if response.status == 200 else f"HTTP {response.status}"
    except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        connection.close()


if __name__ == "__main__":
    end = time.monotonic() + float(sys.argv[1])
    while (said := ask()) != "healthy":
        if time.monotonic() > end:
            sys.exit(said)
        time.sleep(_PAUSE)
    print(said)
