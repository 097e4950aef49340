"""`health`: ask the service in this container how it is. Standard library only."""

import argparse

from trainer import errors
from trainer.health import health
from trainer.verbs.output import say


def run(_arguments: argparse.Namespace) -> int:
    """Exit 0 when the service says that it is healthy, 1 otherwise."""
    say(health())
    return errors.CLEAN
