"""`bench`: measure this machine and image; prints JSON."""

import argparse
import importlib
import json
from typing import Any

from trainer import errors
from trainer.bench.latency import measure_latency
from trainer.health import near_address
from trainer.settings import Training
from trainer.verbs.output import say


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 with the figures as JSON on stdout."""
    say(json.dumps(figures(arguments), indent=2))
    return errors.CLEAN


def figures(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what was measured."""
    if arguments.what == "health":  # asks a service that runs: no torch here
        host, port = near_address()
        return measure_latency(host, port, questions=arguments.questions)
    device_module = importlib.import_module("trainer.device")
    device = device_module.choose_device(arguments.device)
    told: dict[str, Any] = {"device": device_module.describe(device)}
    if arguments.what == "synthesis":
        module = importlib.import_module("trainer.bench.synthesis")
        told |= module.measure_synthesis(
            device, examples=arguments.examples, rounds=arguments.rounds
        )
        return told
    module = importlib.import_module("trainer.bench.training")
    training = Training(
        steps=arguments.steps, batch=arguments.batch, compiled=bool(arguments.compiled)
    )
    told |= module.measure_training(device, training, rounds=arguments.rounds)
    return told
