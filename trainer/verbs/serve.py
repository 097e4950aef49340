"""`serve`: the training service."""

import argparse

from trainer import errors
from trainer.service import training_app, wished_device
from trainer.settings import bind_address
from trainer.verbs.output import say
from trainer.web import serve


def run(_arguments: argparse.Namespace) -> int:
    """Exit 0 after SIGTERM or SIGINT."""
    host, port = bind_address()
    serve(training_app(wished_device()), host, port, say=say)
    return errors.CLEAN
