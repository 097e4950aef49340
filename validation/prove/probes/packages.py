"""Prints which Python this is and what is installed in it.

Runs inside images: standard library only.

Prints {"python": "3.11.2", "prefix", "executable", "installed": {normalised name: version}}.
"""

import importlib.metadata
import json
import platform
import re
import sys


def installed() -> dict[str, str]:
    """Return {name: version} of every distribution; names are normalised as in PEP 503.

    A distribution that is there twice, as a half-done upgrade leaves it, has both versions.
    """
    found: dict[str, set[str]] = {}
    for distribution in importlib.metadata.distributions():
        name = re.sub(r"[-_.]+", "-", distribution.metadata["Name"] or "?").lower()
        found.setdefault(name, set()).add(distribution.version)
    return {name: " and ".join(sorted(versions)) for name, versions in sorted(found.items())}


if __name__ == "__main__":
    answer = {
        "python": platform.python_version(),
        "prefix": sys.prefix,
        "executable": sys.executable,
        "installed": installed(),
    }
    print(json.dumps(answer))
