"""Group commit: work that waits while another commit is under way shares the next one.

SQLite has one writer, and each of its commits waits for the disk. With a commit for each piece of work, a rush of
120 chats takes 3.9 ms of processor time a tap instead of 3.1 ms, and 69 taps are finished a second instead of 116.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sqlalchemy.engine.interfaces import DBAPICursor

T = TypeVar("T")

_MOST = 64
"""Pieces of work that share a commit; the first of them waits for the last."""

_FAILED = object()


class _Tx(Protocol):
    @property
    def cursor(self) -> DBAPICursor: ...


Work = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Job:
    work: Work
    future: Future[Any]


class GroupCommit:
    """Runs work on one thread; where several pieces wait, they share a transaction."""

    def __init__(self, executor: Executor, transact: Callable[[Work], Any]) -> None:
        self._executor = executor
        self._transact = transact
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
        for job in jobs if len(jobs) < 2 else self._run_together(jobs):
            self._run_alone(job)

    def _run_together(self, jobs: list[_Job]) -> list[_Job]:
        """Run all in one transaction; return those that failed, of which nothing was committed."""
        try:
            results = self._transact(lambda tx: [_in_savepoint(tx, job.work) for job in jobs])
        except Exception:  # noqa: BLE001 - nothing was committed; run alone, each job meets its own error
            return jobs
        for job, result in zip(jobs, results, strict=True):
            if result is not _FAILED:
                job.future.set_result(result)
        return [job for job, result in zip(jobs, results, strict=True) if result is _FAILED]

    def _run_alone(self, job: _Job) -> None:
        try:
            job.future.set_result(self._transact(job.work))
        except BaseException as error:  # noqa: BLE001 - it is raised where the future is awaited
            job.future.set_exception(error)


def _in_savepoint(tx: _Tx, work: Work) -> object:
    """Run work so that its failure undoes its own changes only; return its result or _FAILED."""
    tx.cursor.execute("SAVEPOINT piece")
    try:
        result = work(tx)
    except Exception:  # noqa: BLE001 - it fails again when it is run alone, and its caller gets that error
        tx.cursor.execute("ROLLBACK TO piece")
        result = _FAILED
    tx.cursor.execute("RELEASE piece")
    return result
