"""The HTTP API of the queue. Imports FastAPI, desk, telemetry; no torch.

    POST   /jobs                   201 queued · 200 this Idempotency-Key made it before
    GET    /jobs                   the newest first
    GET    /jobs/{id}              state and progress
    DELETE /jobs/{id}              200 cancelled, or being cancelled · 204 an ended one is forgotten
    GET    /jobs/{id}/model.onnx   409 until it is done
    GET    /jobs/{id}/parity.npz   inputs, with the outputs that the model must give
    GET    /metrics                for Prometheus

`def` endpoints on purpose: FastAPI runs them in threads, so a slow disk stalls no other request.
"""

import math
from datetime import datetime, timezone
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Header, HTTPException, Path, Query, Response
from pydantic import BaseModel

from trainer.jobs.desk import Desk, KeyReused
from trainer.jobs.progress import Progress
from trainer.jobs.record import Job
from trainer.jobs.request import JobRequest
from trainer.jobs.store import QueueFull
from trainer.jobs.telemetry import CONTENT_TYPE, Telemetry

State = Literal["queued", "running", "cancelling", "done", "failed", "cancelled"]
JobId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
IdempotencyKey = Annotated[
    str | None, Header(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")
]


class Problem(BaseModel):
    """What every refusal says."""

    detail: str | list[dict[str, Any]]


class JobView(BaseModel):
    """One job as it is told; times in UTC."""

    id: str
    state: State
    settings: JobRequest
    created: datetime
    started: datetime | None
    ended: datetime | None
    attempts: int
    reason: str | None  # why it failed
    seconds: float | None  # from its first start to its end
    progress: Progress


class JobList(BaseModel):
    """Some of the jobs."""

    jobs: list[JobView]


def _refusals(*codes: int) -> dict[int | str, dict[str, Any]]:
    return {code: {"model": Problem} for code in (*codes, 408, 413, 422, 503)}


def jobs_router(desk: Desk, telemetry: Telemetry) -> APIRouter:
    """Return the routes of one desk."""
    router = APIRouter()
    _route_submission(router, desk)
    _route_jobs(router, desk)
    _route_files(router, desk)

    @router.get(
        "/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}}
    )
    def metrics() -> Response:
        return Response(telemetry.text(), headers={"content-type": CONTENT_TYPE})

    return router


def _route_submission(router: APIRouter, desk: Desk) -> None:
    @router.post(
        "/jobs", status_code=201, responses={200: {"model": JobView}, **_refusals(400, 429)}
    )
    def submit(
        request: JobRequest, response: Response, idempotency_key: IdempotencyKey = None
    ) -> JobView:
        try:
            job, new = desk.submit(request.settings(), idempotency_key)
        except QueueFull:
            raise HTTPException(
                429, f"{desk.limits.queue} jobs wait already", {"retry-after": _patience(desk)}
            ) from None
        except KeyReused as error:
            raise HTTPException(
                422, f"this Idempotency-Key made job {error}, with other settings"
            ) from None
        response.headers["location"] = f"/jobs/{job.id}"
        response.status_code = 201 if new else 200
        return view(desk, job)


def _route_jobs(router: APIRouter, desk: Desk) -> None:
    @router.get("/jobs", responses=_refusals())
    def newest(
        state: State | None = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    ) -> JobList:
        found = desk.opened()[0].newest(state=state, limit=limit, offset=offset)
        return JobList(jobs=[view(desk, job) for job in found])

    @router.get("/jobs/{identity}", responses=_refusals(404))
    def one(identity: JobId) -> JobView:
        return view(desk, _known(desk.opened()[0].get(identity)))

    @router.delete(
        "/jobs/{identity}", responses={204: {}, **_refusals(404)}, response_model=JobView
    )
    def withdraw(identity: JobId) -> Any:  # noqa: ANN401  (a view, or an answer without a body)
        before = _known(desk.opened()[0].get(identity))
        job = _known(desk.withdraw(identity))
        return Response(status_code=204) if before.has_ended else view(desk, job)


def _route_files(router: APIRouter, desk: Desk) -> None:
    file_answer = {200: {"content": {"application/octet-stream": {}}}, **_refusals(404, 409)}

    @router.get("/jobs/{identity}/model.onnx", response_class=Response, responses=file_answer)
    def model(identity: JobId) -> Response:
        return _file(desk, identity, "model.onnx")

    @router.get("/jobs/{identity}/parity.npz", response_class=Response, responses=file_answer)
    def parity(identity: JobId) -> Response:
        return _file(desk, identity, "parity.npz")


def view(desk: Desk, job: Job) -> JobView:
    """Return a job as it is told, with what the runner knows and the store does not yet."""
    state, reason = job.state, job.reason
    ending = desk.opened()[1].unrecorded(job.id)
    if ending is not None and ending.kind != "stopped" and not job.has_ended:
        state, reason = ending.kind, ending.reason
    return JobView(
        id=job.id,
        state=cast("State", state),
        settings=JobRequest(**job.settings),
        created=_utc(job.created),
        started=None if job.started is None else _utc(job.started),
        ended=None if job.ended is None else _utc(job.ended),
        attempts=job.attempts,
        reason=reason,
        seconds=job.summary.get("seconds"),
        progress=desk.progress(job),
    )


def _known(job: Job | None) -> Job:
    if job is None:
        raise HTTPException(404, "no such job")
    return job


def _file(desk: Desk, identity: str, name: str) -> Response:
    job = _known(desk.opened()[0].get(identity))
    if job.state != "done":
        raise HTTPException(409, f"the job is {job.state}: there is no {name} yet")
    try:
        content = desk.file(job, name).read_bytes()
    except OSError as error:
        raise HTTPException(404, f"its {name} is gone: {error.strerror}") from None
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="application/octet-stream", headers=headers)


def _patience(desk: Desk) -> str:
    """Return after how many seconds to ask again: when the running job should be over."""
    etas = [each.eta_seconds for each in desk.opened()[1].live().values()]
    known = [eta for eta in etas if eta is not None]
    return str(min(3600, max(1, math.ceil(known[0])))) if known else "30"


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=timezone.utc)
