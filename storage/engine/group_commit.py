"""Group commit: whatever queues up behind one commit shares the next one.

SQLite has one writer at a time, and a commit that survives a power cut waits for the disk. Under a rush the disk
is waited for once for many pieces of work, and each of them still ends as if it had been alone.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

_MOST = 64
"""Pieces of work that share a commit; the first of them waits for the last."""


class _Cursor(Protocol):
    def execute(self, sql: str, values: Any, /) -> object: ...  # noqa: ANN401 - the driver's own word


class _Tx(Protocol):
    @property
    def cursor(self) -> _Cursor: ...


Work = Callable[[Any], Any]
Transact = Callable[[Work], Any]


@dataclass(frozen=True, slots=True)
class _Job:
    work: Work
    future: Future[Any]


@dataclass(frozen=True, slots=True)
class _Done:
    """How a piece of work ended inside a shared transaction; `error` alone means that its changes were undone."""

    value: Any = None
    error: BaseException | None = None


class GroupCommit:
    """Runs work on one thread, several pieces in one transaction where several wait."""

    def __init__(self, executor: Executor, *, alone: Transact, together: Transact) -> None:
        self._executor = executor
        self._alone = alone
        self._together = together
        self._waiting: deque[_Job] = deque()

    def submit(self, work: Callable[[Any], T]) -> Future[T]:
        """Queue work; its future ends after the commit, or with the work's own error."""
        job = _Job(work, Future())
        self._waiting.append(job)
        self._executor.submit(self._drain)
        return job.future

    def _drain(self) -> None:
        jobs = [self._waiting.popleft() for _ in range(min(len(self._waiting), _MOST))]
        jobs = [job for job in jobs if job.future.set_running_or_notify_cancel()]
        if len(jobs) > 1:
            self._run_together(jobs)
        elif jobs:
            self._run_alone(jobs[0])

    def _run_together(self, jobs: list[_Job]) -> None:
        try:
            ends = self._together(lambda tx: [_in_savepoint(tx, job.work) for job in jobs])
        except Exception:  # noqa: BLE001 - nothing was committed; alone, each meets its own error
            for job in jobs:
                self._run_alone(job)
            return
        for job, end in zip(jobs, ends, strict=True):
            if end.error is None:
                job.future.set_result(end.value)
            else:
                self._run_alone(job)

    def _run_alone(self, job: _Job) -> None:
        try:
            job.future.set_result(self._alone(job.work))
        except BaseException as error:  # noqa: BLE001 - whoever waits for it gets it
            job.future.set_exception(error)


def _in_savepoint(tx: _Tx, work: Work) -> _Done:
    """Run work so that its failure undoes its own changes only; it is then run again alone, to fail for itself."""
    tx.cursor.execute("SAVEPOINT piece", ())
    try:
        value = work(tx)
    except Exception as error:  # noqa: BLE001 - it fails again alone, where its caller gets it
        tx.cursor.execute("ROLLBACK TO piece", ())
        tx.cursor.execute("RELEASE piece", ())
        return _Done(error=error)
    tx.cursor.execute("RELEASE piece", ())
    return _Done(value)
