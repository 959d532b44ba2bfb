"""What Tansy wants to reach: a row is measured when its peers are there, and said to be missed when it is missed."""

from dataclasses import dataclass

from .workloads import PERSISTENT


@dataclass
class Goal:
    workloads: tuple  # of several, the geometric mean counts
    peers: tuple  # of several, the fastest counts
    at_most: float  # Tansy's number divided by the peer's


EMBEDDED = ("rhai", "koto", "rune", "starlark", "steel")
GENERAL = ("fib", "loop", "nbody", "words", "sieve", "qsort", "hof", "trees", "json")

IMBL = ("imbl", "imbl-ord")
OTHERS = ("immutables", "pyrsistent", "rpds-py", "immutable.js", "immutable.js-mutable", "clojure-transient")

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
    Goal(("map_build/1M",), ("imbl",), 0.6),
    Goal(("vec_push",), ("imbl",), 1.0),
    Goal(("vec_set",), ("imbl",), 1.0),
    Goal(("map_versions",), IMBL, 1.1),
    Goal(("vec_versions",), ("imbl",), 1.1),
    *(Goal((f"map_update_live/{size}",), IMBL, 0.6) for size in ("1k", "100k")),
    *(Goal((f"vec_update_live/{size}",), ("imbl",), 0.6) for size in ("1k", "100k")),
    *(Goal((f"map_{name}",), ("imbl",), 1.1) for name in ("hit", "miss", "update_all", "delete_half", "equal", "iter")),
    *(Goal((f"set_{name}",), ("imbl",), 1.1) for name in ("union", "intersection")),
    Goal(("vec_iter",), ("imbl",), 1.1),
    Goal(("nested_update",), ("imbl",), 0.8),
    *(Goal((workload.name,), OTHERS, 1.0) for workload in PERSISTENT),
    Goal(("mem_map",), ("lua5.4",), 1.5),
    Goal(("mem_records",), ("lua5.4",), 0.7),
]
