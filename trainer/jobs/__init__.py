"""The jobs service: POST a training, watch it, fetch its ONNX file. Survives what it runs.

    request.py    what may be asked for, and its bounds            (pydantic)
    store.py      the queue, in SQLite: states and how they follow each other
    runner.py     the thread that runs one job after the other, each in a child process
    child.py      that process: how it is started, stopped, and what its end means
    work.py       what the process does: train or resume, then export            (torch)
    progress.py   how far a job is, read from its metrics.jsonl
    routes.py     the HTTP API
    telemetry.py  the figures at /metrics                           (prometheus-client)

Only work.py imports torch, and only the child imports work.py: a fault of CUDA ends the child, not
the service. A job's files are in $IMAGEWRIGHT_DATA/jobs/<id>/.
"""
