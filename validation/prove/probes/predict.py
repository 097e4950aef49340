"""Asks the inference service on port 8002 for predictions, and says what it answered.

Runs inside inference images: standard library only. The captures are noise of the shape that the
loaded model wants; what is proven is that the service answers with finite numbers, one position
and one positive deviation per capture. Exits 1 with the reason where it does not.
"""

import http.client
import json
import math
import random
import sys
from typing import Any

CAPTURES = 3


def ask(method: str, path: str, body: Any = None) -> Any:  # noqa: ANN401  (JSON, of any shape)
    """Return the decoded answer; exits with what came back where that is not a 200."""
    connection = http.client.HTTPConnection("127.0.0.1", 8002, timeout=30)
    text = None if body is None else json.dumps(body)
    connection.request(method, path, text, {"content-type": "application/json"})
    response = connection.getresponse()
    answer = response.read().decode(errors="replace")
    if response.status != 200:
        sys.exit(f"{method} {path} answers {response.status}: {answer[:300]}")
    return json.loads(answer)


def captures(scene: dict[str, Any]) -> list[Any]:
    """Return noise as iq[capture][receiver][sample] = [real, imaginary], of power 1."""
    draw = random.Random(2026)  # noqa: S311  (test data)
    samples = range(scene["samples"])
    return [
        [[[draw.gauss(0, 0.5**0.5) for _ in "ri"] for _ in samples] for _ in scene["receivers"]]
        for _ in range(CAPTURES)
    ]


def problem(estimates: list[Any]) -> str:
    """Return what is wrong with the estimates, or an empty string."""
    if len(estimates) != CAPTURES:
        return f"{len(estimates)} estimates for {CAPTURES} captures"
    for each in estimates:
        position, deviation = each["position"], each["deviation"]
        if not all(math.isfinite(value) for value in (*position, *deviation)):
            return f"an estimate that is not finite: {each}"
        if min(deviation) <= 0:
            return f"a deviation that is not positive: {each}"
    return ""


def main() -> None:
    """Ask for readiness, then for predictions."""
    ask("GET", "/ready")
    metadata = ask("GET", "/health")["model"]["metadata"]
    scene = json.loads(metadata["imagewright.scene"])
    estimates = ask("POST", "/predict", {"iq": captures(scene)})["estimates"]
    wrong = problem(estimates)
    if wrong:
        sys.exit(wrong)
    print(f"{CAPTURES} captures of {len(scene['receivers'])} receivers answered")


if __name__ == "__main__":
    main()
