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
    answers = True  # whether what it prints is to be the same everywhere
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
    answers = False
    repeat = 20

    def commands(self, peer):
        return ([*peer.command, *peer.nothing], None) if peer.nothing else None


@dataclass
class Compile(Workload):
    group = "process"
    answers = False

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
SLOW_MAPS = ("pyrsistent",)  # tens of microseconds an operation

PERSISTENT = [
    Collection("map_build", "a map built in place", 100 * K, 10, 100 * K, SLOW_MAPS),
    Collection("map_build/1M", "a map of 1 M built in place", M, 1, M, ("immutable.js", "immutable.js-mutable", *SLOW_MAPS)),
    Collection("map_build_func", "a map built version by version, the old one dropped", 100 * K, 5, 100 * K, SLOW_MAPS),
    Collection("map_versions", "a map built, the last 1,000 versions kept", 100 * K, 5, 100 * K, SLOW_MAPS),
    Collection("map_update_live/1k", "one update of a map that stays alive, and its look-up", K, 5, 100 * K),
    Collection("map_update_live/100k", "one update of a map that stays alive, and its look-up", 100 * K, 5, 100 * K, SLOW_MAPS),
    Collection("map_hit", "look-ups that succeed", 100 * K, 20, 100 * K, SLOW_MAPS),
    Collection("map_miss", "look-ups that fail", 100 * K, 20, 100 * K, SLOW_MAPS),
    Collection("map_update_all", "each value changed in place", 100 * K, 20, 100 * K, SLOW_MAPS),
    Collection("map_delete_half", "every other key removed in place", M, 1, M // 2, ("immutable.js", "immutable.js-mutable", *SLOW_MAPS)),
    Collection("map_iter", "going through a map", 100 * K, 20, 100 * K, SLOW_MAPS),
    Collection("map_equal", "equality of maps that share nothing", 100 * K, 20, 100 * K, SLOW_MAPS),
    Collection("map_hash", "hash of a map after one change", 100 * K, 20, 100 * K, SLOW_MAPS),
    Collection("set_union", "two sets of 500,000 that share half", 500 * K, 3, M),
    Collection("set_intersection", "two sets of 500,000 that share half", 500 * K, 3, M),
    Collection("vec_push", "a vector of 1 M built in place", M, 5, M),
    Collection("vec_versions", "a vector built, the last 1,000 versions kept", 100 * K, 10, 100 * K),
    Collection("vec_update_live/1k", "one update of a vector that stays alive, and its look-up", K, 10, 100 * K),
    Collection("vec_update_live/100k", "one update of a vector that stays alive, and its look-up", 100 * K, 5, 100 * K),
    Collection("vec_set", "elements of 1 M changed in place, far apart", M, 3, M),
    Collection("vec_get", "elements of 1 M read, far apart", M, 5, M),
    Collection("vec_iter", "going through a vector of 1 M", M, 10, M),
    Collection("vec_concat", "two vectors of 100,000 joined", 100 * K, 200, 1),
    Collection("nested_update", "a path of four keys, in place", K, 3, 200 * K, SLOW_MAPS),
    Collection("nested_update_func", "a path of four keys, the old version dropped", K, 3, 200 * K, SLOW_MAPS),
    Collection("nested_update_live", "a path of four keys, the base stays alive", K, 3, 200 * K, SLOW_MAPS),
]
SIZES = [10**exponent for exponent in range(1, 8)]
# How the cost of an operation grows with the collection, and how often each is done at most.
GROWTH = {
    "map_hit": ("look-up in a map", 10 * M),
    "map_update_all": ("update in place", 10 * M),
    "map_update_live": ("update, the old version kept", M),
    "map_iter": ("iteration, an entry", 20 * M),
    "vec_get": ("element of a vector", 10 * M),
    "vec_set": ("set in place", 10 * M),
    "vec_update_live": ("set, the old version kept", M),
    "vec_iter": ("iteration, an element", 50 * M),
}


def growth():
    for name, (about, operations) in GROWTH.items():
        for size in SIZES:
            each = {"map_hit": 100 * K, "vec_get": M, "vec_set": M}.get(name, 100 * K if name.endswith("live") else size)
            workload = Collection(f"{name}/{size}", about, size, max(1, operations // each), each)
            workload.group = "growth"
            yield workload


DEFAULT = [*GENERAL, *PROCESS, *PERSISTENT]
ALL = [*DEFAULT, *growth()]
