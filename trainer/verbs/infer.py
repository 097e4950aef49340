"""`infer`: the inference service. No torch."""

import argparse
import contextlib
import logging

from trainer import errors
from trainer.inference import inference_app
from trainer.settings import bind_address, model_path
from trainer.shelf import Shelf
from trainer.verbs.output import say
from trainer.web import serve


def run(_arguments: argparse.Namespace) -> int:
    """Exit 0 after SIGTERM or SIGINT."""
    host, port = bind_address()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    shelf = Shelf(model_path())
    with contextlib.ExitStack() as at_end:
        at_end.callback(shelf.stop)
        shelf.start()
        serve(inference_app(shelf), host, port, say=say)
    return errors.CLEAN
