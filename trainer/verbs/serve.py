"""`serve`: the training service."""

import argparse
import contextlib
import logging

from trainer import errors
from trainer.jobs.desk import Desk, Limits
from trainer.service import training_app, wished_device
from trainer.settings import bind_address, data_folder
from trainer.verbs.output import say
from trainer.watch import DeviceWatch
from trainer.web import serve


def run(_arguments: argparse.Namespace) -> int:
    """Exit 0 after SIGTERM or SIGINT, with the running job checkpointed and queued again."""
    host, port = bind_address()
    wish = wished_device()
    desk, watch = Desk(data_folder(), wish, Limits.told()), DeviceWatch(wish)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    with contextlib.ExitStack() as at_end:
        at_end.callback(watch.stop)
        at_end.callback(desk.close)
        watch.start()
        try:
            desk.opened()  # what a killed service left running goes on without being asked for
        except errors.TrainerError as error:
            logging.warning("no jobs yet: %s", error.what)
        serve(training_app(wish, watch, desk), host, port, say=say)
    return errors.CLEAN
