"""Imports modules, all in one process as a service does, and prints what happened.

Arguments are module names. Runs inside images: standard library and what it is told to import.

Prints {"errors": {module: error}, "torch": null or {"cuda": "12.6" or null, "devices": [{"name",
"capability": "sm_90"}]}}.
"""

import importlib
import json
import sys
from typing import Any


def errors(modules: list[str]) -> dict[str, str]:
    """Return {module: error} of the modules that cannot be imported."""
    found: dict[str, str] = {}
    for module in modules:
        try:
            importlib.import_module(module)
        except BaseException as error:  # noqa: BLE001  (whatever it raises is what is to be told)
            found[module] = f"{type(error).__name__}: {error}".splitlines()[0]
    return found


def torch_facts() -> dict[str, Any] | None:
    """Return what the imported torch was built for and what it sees, None where it was not."""
    torch = sys.modules.get("torch")
    if torch is None:
        return None
    devices = []
    for at in range(torch.cuda.device_count()):
        major, minor = torch.cuda.get_device_capability(at)
        name = torch.cuda.get_device_name(at)
        devices.append({"name": name, "capability": f"sm_{major}{minor}"})
    return {"cuda": torch.version.cuda, "devices": devices}


if __name__ == "__main__":
    answer: dict[str, Any] = {"errors": errors(sys.argv[1:])}
    print(json.dumps({**answer, "torch": torch_facts()}))
