"""`infer`: the inference service. No torch."""

import argparse

from trainer import errors
from trainer.inference import inference_app
from trainer.settings import bind_address, model_path
from trainer.verbs.output import say
from trainer.web import serve


def run(_arguments: argparse.Namespace) -> int:
    """Exit 0 after SIGTERM or SIGINT."""
    host, port = bind_address()
    serve(inference_app(model_path()), host, port, say=say)
    return errors.CLEAN
