"""Measurements: how fast training is against a bare loop, CuPy against NumPy, and /health.

    training.py    the run that smoke and jobs do, against the same model on data already there
    synthesis.py   the same samples by CuPy and by NumPy on every core
    latency.py     /health of a running service while a job trains

Run by `python -m trainer bench WHAT`. Times on a GPU are device events; figures are medians, with
the quartiles beside them.
"""
