#!/usr/bin/env python3
"""Tansy beside Lua 5.4: the same programs, in turn in one run, whole processes.

    cargo build --release && python3 benches/run.py [ROUNDS] [PROGRAM …]

Prints medians in milliseconds and the ratio (below 1: Tansy is faster); a differing answer is an error.
"""

import pathlib
import shutil
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
TANSY = HERE.parent / "target" / "release" / "tansy"
PROGRAMS = HERE / "programs"


def run(command):
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr}")
    # Lua separates what it prints by tabs.
    return seconds, done.stdout.replace("\t", " ").strip()


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    names = sys.argv[2:] or sorted(p.stem for p in PROGRAMS.glob("*.tansy"))
    lua = shutil.which("lua5.4") or shutil.which("lua")
    if lua is None:
        print("Lua is not installed: only Tansy's times")
    print(f"{'':10}{'tansy ms':>12}{'lua ms':>12}{'ratio':>8}  (min to max of the pairs)")
    for name in names:
        ours, theirs = [], []
        for _ in range(rounds):
            seconds, answer = run([TANSY, PROGRAMS / f"{name}.tansy"])
            ours.append(seconds)
            if lua:
                seconds, expected = run([lua, PROGRAMS / f"{name}.lua"])
                theirs.append(seconds)
                if answer != expected:
                    sys.exit(f"{name}: Tansy says {answer}, Lua says {expected}")
        row = f"{name:10}{statistics.median(ours) * 1000:12.1f}"
        if theirs:
            ratios = [a / b for a, b in zip(ours, theirs)]
            row += f"{statistics.median(theirs) * 1000:12.1f}{statistics.median(ratios):8.2f}"
            row += f"  ({min(ratios):.2f} to {max(ratios):.2f})"
        print(row)


main()
