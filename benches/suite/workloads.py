"""The workloads: what is run, and which of its numbers counts.

A workload gives for a peer the command to measure, and for collections a second one that only prepares: its time is
taken off. It gives None for a peer that does not have it."""

import subprocess
import sys
from dataclasses import dataclass

from .peers import HERE, INSTALLED, installed

DATA = INSTALLED / "data"


@dataclass
class Workload:
    name: str
    about: str
    group = "general"
    unit = "ms"
    repeat = 1  # processes to a sample
    per = 1  # operations to a sample

    def commands(self, peer):
        raise NotImplementedError

    def value(self, sample, clock):
        """The number that counts, in its unit, of a sample."""
        return getattr(sample, clock) * 1000


def made(name):
    """The path of a file of data, made when it is not there; by a process of its own, so that this one stays small."""
    path = DATA / name
    if not path.exists():
        DATA.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, HERE / "suite" / "data.py", path], check=True)
    return path


@dataclass
class Program(Workload):
    """A whole process, start and compilation included."""

    data: str = ""

    def commands(self, peer):
        if not (HERE / "programs" / f"{self.name}.{peer.suffix}").exists():
            return None
        return peer.program(self.name, made(self.data) if self.data else None), None


@dataclass
class Memory(Program):
    """The most memory that the process had."""

    group = "process"
    unit = "MiB"

    def value(self, sample, clock):
        return sample.peak / 2**20


@dataclass
class Start(Workload):
    """Start, nothing, end: too short for one process to a sample."""

    group = "process"
    repeat = 20

    def commands(self, peer):
        return ([*peer.command, *peer.nothing], None) if peer.nothing else None


@dataclass
class Compile(Workload):
    group = "process"

    def commands(self, peer):
        tools = {"tansy": [*peer.command, "check"], "lua5.4": installed("luac5.4", "-p")}
        tool = tools.get(peer.name)
        return ([*tool, str(made(f"long.{peer.suffix}"))], None) if tool else None


@dataclass
class Collection(Workload):
    """One operation on a collection of `size`, its preparation taken off: `times` times `operations` of them."""

    size: int
    times: int
    operations: int
    without: tuple = ()  # peers that would take minutes

    group = "persistent"
    unit = "ns"

    @property
    def per(self):
        return self.times * self.operations

    @property
    def program(self):
        """Its name without the size."""
        return self.name.partition("/")[0]

    def commands(self, peer):
        if not peer.collections or peer.name in self.without:
            return None
        return tuple(peer.collection(self.program, self.size, times) for times in (self.times, 0))

    def value(self, sample, clock):
        return getattr(sample, clock) * 1e9 / self.per


GENERAL = [
    Program("fib", "calls: fib(32)"),
    Program("loop", "integers and a branch, 20 M times"),
    Program("nbody", "500,000 steps of five records of Floats"),
    Program("words", "word count of 5 MB"),
    Program("sieve", "primes to 2 M"),
    Program("qsort", "quicksort of 200,000, written in the language"),
    Program("hof", "map, filter, reduce over 1 M with closures"),
    Program("trees", "binary trees to depth 14"),
    Program("json", "20 MB of JSON: parse, group, sum, write", "orders.json"),
]

PROCESS = [
    Start("start", "start and end"),
    Compile("compile", "check a program of 10,000 lines"),
    Memory("mem_map", "peak with a map of 1 M Ints"),
    Memory("mem_records", "peak with 1 M small records"),
]

K, M = 1000, 1_000_000
PERSISTENT = []
ALL = [*GENERAL, *PROCESS, *PERSISTENT]
