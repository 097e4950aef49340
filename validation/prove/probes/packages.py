"""Prints what is installed in this Python, and what fails to be imported.

Arguments are module names. Runs inside images: standard library only.

Prints {"python": "3.11.2", "prefix", "executable", "installed": {normalised name: version},
"imports": {module: "" or the error}}.
"""

import importlib
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


def import_error(module: str) -> str:
    """Return why a module cannot be imported, or an empty string."""
    try:
        importlib.import_module(module)
    except BaseException as error:  # noqa: BLE001  (whatever it raises is what is to be told)
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return ""


if __name__ == "__main__":
    answer = {
        "python": platform.python_version(),
        "prefix": sys.prefix,
        "executable": sys.executable,
        "installed": installed(),
        "imports": {module: import_error(module) for module in sys.argv[1:]},
    }
    print(json.dumps(answer))
