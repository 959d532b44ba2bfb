"""What Tansy wants to reach: a row is measured when its peers are there, and said to be missed when it is missed."""

from dataclasses import dataclass


@dataclass
class Goal:
    workloads: tuple  # of several, the geometric mean counts
    peers: tuple  # of several, the fastest counts
    at_most: float  # Tansy's number divided by the peer's


EMBEDDED = ("rhai", "koto", "rune", "starlark", "steel")
GENERAL = ("fib", "loop", "nbody", "words", "sieve", "qsort", "hof", "trees", "json")

GOALS = [
    Goal(("fib",), ("lua5.4",), 0.75),
    Goal(("loop",), ("lua5.4",), 0.8),
    Goal(("nbody",), ("lua5.4",), 1.0),
    Goal(("words",), ("lua5.4",), 0.7),
    Goal(("sieve",), ("lua5.4",), 1.0),
    Goal(("qsort",), ("lua5.4",), 1.0),
    Goal(("hof",), ("lua5.4",), 0.6),
    Goal(("trees",), ("lua5.4",), 0.5),
    Goal(("json",), ("node",), 1.0),
    Goal(GENERAL, EMBEDDED, 0.4),
    Goal(("start",), ("lua5.4",), 1.5),
    Goal(("compile",), ("lua5.4",), 2.0),
    Goal(("mem_map",), ("lua5.4",), 1.5),
    Goal(("mem_records",), ("lua5.4",), 0.7),
]
