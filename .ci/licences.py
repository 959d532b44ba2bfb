"""Checks `cargo metadata` on standard input: every dependency allows one of the licences below."""

import json
import re
import sys

ACCEPTED = {
    "MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0",
    "ISC", "MPL-2.0", "MPL-2.0+", "Unicode-3.0", "Unlicense", "Zlib", "0BSD", "MIT-0", "NCSA",
}


def accepted(expression: str) -> bool:
    """Whether an SPDX expression can be met with accepted licences alone."""
    expression = expression.replace("/", " OR ")
    tokens = re.findall(r"\(|\)|\bAND\b|\bOR\b|[^()\s]+(?: WITH [^()\s]+)?", expression)
    position = 0

    def either() -> bool:
        nonlocal position
        result = both()
        while position < len(tokens) and tokens[position] == "OR":
            position += 1
            result = both() or result
        return result

    def both() -> bool:
        nonlocal position
        result = one()
        while position < len(tokens) and tokens[position] == "AND":
            position += 1
            result = one() and result
        return result

    def one() -> bool:
        nonlocal position
        token = tokens[position]
        position += 1
        if token == "(":
            result = either()
            position += 1
            return result
        return token in ACCEPTED

    return either()


packages = json.load(sys.stdin)["packages"]
refused = [p for p in packages if not accepted(p.get("license") or "none")]
for p in refused:
    print(f"{p['name']} {p['version']}: {p.get('license')}")
print(f"{len(packages)} packages, {len(refused)} with a licence that is not accepted")
sys.exit(1 if refused else 0)
