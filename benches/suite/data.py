"""What the workloads read, made here by fixed rules: orders as JSON, and a long program in Tansy and in Lua.

    data.py FILE        the suffix of the file says what it is to be
"""

import json
import sys
from pathlib import Path

COUNTRIES = ["DE", "FR", "US", "GB", "JP", "BR", "IN", "SE"]


def orders(path, count=105_000):
    """About 20 MB of records: ASCII text and integers, so that no language's idea of numbers or strings matters."""
    state = 7

    def pick(n):
        nonlocal state
        state = state * 16807 % 2147483647
        return state % n

    records = []
    for number in range(count):
        record = {"id": number, "customer": f"cust-{pick(20000)}", "country": COUNTRIES[pick(8)], "paid": bool(pick(2))}
        items = 1 + pick(5)
        record["items"] = [{"sku": f"S{pick(9000)}", "qty": 1 + pick(12), "price": 100 + pick(9000)} for _ in range(items)]
        record["note"] = None
        records.append(record)
    path.write_text(json.dumps(records, separators=(",", ":")))


def long_program(path, lines=10_000):
    """Functions that call each other, in the language of the file's suffix: the same program, line for line."""
    form = (Path(__file__).parent / f"long{path.suffix}.in").read_text()
    count = lines // form.count("\n")
    path.write_text("".join(form.replace("$n", str(n)).replace("$m", str((n * 7 + 3) % count)) for n in range(count)))


if __name__ == "__main__":
    file = Path(sys.argv[1])
    orders(file) if file.suffix == ".json" else long_program(file)
