"""One process, measured: wall clock, processor time, peak memory, and what it said."""

import os
import signal
import tempfile
import time
from dataclasses import dataclass


class Failed(Exception):
    """The program ended with an error, or took too long."""


class Absent(Exception):
    """The program does not have this workload: it said so by its status."""


ABSENT = 3


@dataclass
class Sample:
    wall: float  # seconds
    cpu: float  # seconds, of all threads, user and system
    peak: int  # bytes of resident memory at most
    answer: str  # what it printed, with single spaces

    @property
    def busy(self):
        """Seconds on the clock, without those in which a single thread had lost its processor to others."""
        return min(self.wall, self.cpu)


def run(argv, env=None, timeout=600):
    """Runs a program to its end. `peak` is never less than this process's own memory: Linux counts from before exec."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        actions = [(os.POSIX_SPAWN_DUP2, out.fileno(), 1), (os.POSIX_SPAWN_DUP2, err.fileno(), 2)]
        start = time.perf_counter()
        pid = os.posix_spawn(argv[0], argv, {**os.environ, **(env or {})}, file_actions=actions)
        late = []

        def stop(*_):
            late.append(True)
            os.kill(pid, signal.SIGKILL)

        before = signal.signal(signal.SIGALRM, stop)
        signal.alarm(timeout)
        try:
            _, status, usage = os.wait4(pid, 0)
        except BaseException:
            os.kill(pid, signal.SIGKILL)
            raise
        finally:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, before)
        wall = time.perf_counter() - start
        out.seek(0)
        err.seek(0)
        if late:
            raise Failed(f"took longer than {timeout} s")
        if os.waitstatus_to_exitcode(status) == ABSENT:
            raise Absent
        if status != 0:
            said = (err.read() or out.read()).decode(errors="replace").strip().splitlines()
            raise Failed("failed: " + " / ".join(said[-3:]) if said else f"ended with status {os.waitstatus_to_exitcode(status)}")
        answer = " ".join(out.read().decode(errors="replace").split())
        return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, answer.strip('"'))
