#!/usr/bin/env python3
"""Tansy beside its peers: every workload in every language that is installed, in turn in one run, as one table.

    cargo build --release && benches/install-peers && benches/run.py

A number is the median of the rounds, ± half the distance between the quartiles. A ratio is the median over the rounds of
Tansy's number divided by the peer's of the same round: below 1, Tansy is ahead. Programs of one workload must give the
same answer. A peer slower than --slow seconds runs once."""

import argparse
import csv
import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # leave nothing beside the sources

from suite import goals, measure, peers, report, workloads

ROOT = Path(__file__).resolve().parent.parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "workloads",
        nargs="*",
        help="names, or general, process, persistent, growth; the first three if none is named; or embedding alone",
    )
    parser.add_argument("--peers", help="names separated by commas; all that are installed if not given")
    parser.add_argument("--rounds", type=int, default=7, help="how often everything runs (7)")
    parser.add_argument("--slow", type=float, default=5, metavar="SECONDS", help="what takes longer runs once (5)")
    parser.add_argument("--timeout", type=int, default=120, metavar="SECONDS", help="what takes longer is stopped (120)")
    parser.add_argument(
        "--clock",
        choices=["busy", "wall", "cpu"],
        default="busy",
        help="wall clock; processor time of all threads; or busy, the smaller of the two: what other programs on the "
        "machine take away from a single thread does not count (busy)",
    )
    parser.add_argument("--tansy", type=Path, default=ROOT / "target" / "release" / "tansy", help="the binary")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write every sample")
    parser.add_argument("--read", type=Path, metavar="FILE", help="run nothing: print the tables of samples written by --json")
    parser.add_argument("--list", action="store_true", help="list workloads and peers, and end")
    return parser.parse_args()


def selected(wanted):
    known = {w.name for w in workloads.ALL} | {w.group for w in workloads.ALL}
    for name in wanted:
        if name not in known:
            sys.exit(f"there is no workload {name}: see --list")
    if not wanted:
        return workloads.DEFAULT
    return [w for w in workloads.ALL if w.name in wanted or w.group in wanted]


def everyone(args):
    """Tansy and the peers asked for; says which of them are not there."""
    ours = peers.tansy(args.tansy)
    if not ours.command:
        sys.exit(f"{args.tansy} is not there: {ours.missing}")
    others = [*peers.engines(), *peers.collections()]
    if args.peers:
        wanted = args.peers.split(",")
        for name in wanted:
            if name not in {p.name for p in others}:
                sys.exit(f"there is no peer {name}: see --list")
        others = [p for p in others if p.name in wanted]
    for missing in sorted({p.missing for p in others if not p.command}):
        names = ", ".join(p.name for p in others if not p.command and p.missing == missing)
        print(f"not installed, left out: {names} ({missing})", file=sys.stderr)
    return [ours, *(p for p in others if p.command)]


def embedding(args):
    """Tansy embedded in Rust beside other engines: a program that measures and shows its numbers itself."""
    program = ROOT / "benches" / "target" / "rust" / "release" / "embedding"
    if not program.is_file():
        sys.exit(f"{program} is not there: benches/install-peers embedding")
    command = [program, "--rounds", str(args.rounds)]
    command += ["--engines", f"tansy,{args.peers}"] if args.peers else []
    if not args.json:
        os.execv(program, command + (["--markdown"] if args.markdown else []))
    with args.json.open("w") as file:
        sys.exit(subprocess.run([*command, "--json"], stdout=file).returncode)


class Progress:
    """One line on standard error that says what runs; nothing when that is not a terminal."""

    def __init__(self):
        self.shown = sys.stderr.isatty()

    def __call__(self, text):
        if self.shown:
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def sample(workload, commands, peer, args):
    """The number of one round, the answer, and the seconds it took."""
    command, preparation = commands
    taken = [measure.run(command, peer.env, args.timeout) for _ in range(workload.repeat)]
    value = sum(workload.value(s, args.clock) for s in taken) / workload.repeat
    if preparation:
        value -= workload.value(measure.run(preparation, peer.env, args.timeout), args.clock)
    return value, taken[0], sum(s.wall for s in taken)


class Disagrees(Exception):
    """The answer is not that of the others."""


def measured(chosen, runners, args):
    """Runs everything. Within a workload, each round takes every peer in turn, every other round backwards.

    Who fails, gives another answer than the first, does not have the workload, or is slow, is not asked again."""
    results, samples, progress, failed = report.Results(), [], Progress(), False
    for workload in chosen:
        waiting = [(peer, commands) for peer in runners if (commands := workload.commands(peer))]
        answer = None
        for round_ in range(args.rounds):
            for peer, commands in list(waiting if round_ % 2 == 0 else reversed(waiting)):
                progress(f"{workload.name}: {peer.name}, round {round_ + 1} of {args.rounds}")
                try:
                    value, first, seconds = sample(workload, commands, peer, args)
                    answer = answer or (peer.name, first.answer)
                    if workload.answers and first.answer != answer[1]:
                        raise Disagrees(f"says {first.answer}, {answer[0]} {answer[1]}")
                except measure.Absent:
                    waiting.remove((peer, commands))
                    continue
                except (measure.Failed, Disagrees) as problem:
                    progress("")
                    print(f"{workload.name}: {peer.name} {problem}", file=sys.stderr)
                    waiting.remove((peer, commands))
                    failed |= peer.name == "tansy" or isinstance(problem, Disagrees)
                    continue
                results.add(workload.name, peer.name, round_, value)
                about = {"workload": workload.name, "peer": peer.name, "round": round_, "value": value, "unit": workload.unit}
                samples.append({**about, **dataclasses.asdict(first)})
                if seconds > args.slow and peer.name != "tansy":
                    waiting.remove((peer, commands))
    progress("")
    return results, samples, failed


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # end quietly when nobody reads on
    args = arguments()
    if args.list:
        for workload in workloads.ALL:
            print(f"{workload.name:24} {workload.about}")
        print(f"{'embedding':24} Tansy as a library beside other engines in Rust; a program of its own")
        print("peers:", *(p.name for p in [*peers.engines(), *peers.collections()]))
        return
    if args.workloads == ["embedding"]:
        embedding(args)
    chosen = selected(args.workloads)
    if args.read:
        results, samples, failed = report.Results(), json.loads(args.read.read_text()), False
        for one in samples:
            results.add(one["workload"], one["peer"], one["round"], one["value"])
        chosen = chosen if args.workloads else workloads.ALL
        known = [p.name for p in [*peers.engines(), *peers.collections()]]
        names = ["tansy", *(args.peers.split(",") if args.peers else known)]
    else:
        runners = everyone(args)
        results, samples, failed = measured(chosen, runners, args)
        names = [p.name for p in runners]
    names = list(dict.fromkeys(names))
    terminal = sys.stdout.isatty()
    paint = report.Paint(terminal and "NO_COLOR" not in os.environ)
    width = shutil.get_terminal_size().columns if terminal else 10_000
    for group in dict.fromkeys(w.group for w in chosen):
        rows = [w for w in chosen if w.group == group and w.name in results.values]
        if not rows:
            continue
        if group == "growth":
            lines = report.growth(results, rows, names)
            report.markdown_table(lines) if args.markdown else report.growth_table(lines, paint)
        elif args.markdown:
            report.markdown(results, rows, names)
        else:
            report.table(results, rows, names, paint, width)
    if not args.markdown:
        report.goals(results, goals.GOALS, paint)
    if args.json:
        args.json.write_text(json.dumps(samples, indent=1))
    if args.csv and samples:
        with args.csv.open("w", newline="") as file:
            writer = csv.DictWriter(file, samples[0])
            writer.writeheader()
            writer.writerows(samples)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
