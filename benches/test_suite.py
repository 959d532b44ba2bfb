#!/usr/bin/env python3
"""Tests of the runner itself: benches/test_suite.py"""

import contextlib
import io
import sys
import unittest
from argparse import Namespace
from dataclasses import dataclass

sys.dont_write_bytecode = True

import run
from suite import data, goals, measure, report, workloads
from suite.peers import Peer

SH = "/bin/sh"
ARGS = Namespace(rounds=3, clock="wall", timeout=10, slow=5)


@dataclass
class Scripted(workloads.Workload):
    """A workload that is a shell script for each peer."""

    scripts: dict

    def commands(self, peer):
        script = self.scripts.get(peer.name)
        return ([SH, "-c", script], None) if script else None


def measured(args=ARGS, **scripts):
    with contextlib.redirect_stderr(io.StringIO()) as said:
        peers = [Peer(name, [SH]) for name in ["tansy", "one", "two"]]
        results, rows, failed = run.measured([Scripted("w", "", scripts)], peers, args)
    return results, rows, failed, said.getvalue()


class Runs(unittest.TestCase):
    def test_everybody_runs_in_every_round(self):
        results, rows, failed, said = measured(tansy="echo 1", one="echo 1", two="echo ' 1'")
        self.assertEqual((len(rows), failed, said), (9, False, ""))
        self.assertEqual([row["peer"] for row in rows[:6]], ["tansy", "one", "two", "two", "one", "tansy"])
        self.assertIsNotNone(results.ratio("w", "two"))

    def test_another_answer_is_a_failure_and_no_number(self):
        results, _, failed, said = measured(tansy="echo 1", one="echo 2")
        self.assertTrue(failed)
        self.assertIn("one says 2, tansy 1", said)
        self.assertIsNone(results.ratio("w", "one"))

    def test_a_peer_that_fails_is_left_out(self):
        results, _, failed, said = measured(tansy="echo 1", one="echo oh >&2; exit 1", two="exit 3")
        self.assertFalse(failed)
        self.assertIn("one failed: oh", said)
        self.assertNotIn("two", said)
        self.assertEqual(list(results.values["w"]), ["tansy"])

    def test_a_slow_peer_runs_once(self):
        _, rows, _, _ = measured(Namespace(**{**vars(ARGS), "slow": 0.1}), tansy="echo 1", one="sleep 0.2; echo 1")
        self.assertEqual([row["peer"] for row in rows].count("one"), 1)

    def test_what_takes_too_long_is_stopped(self):
        with self.assertRaisesRegex(measure.Failed, "longer than 1 s"):
            measure.run([SH, "-c", "exec sleep 5"], timeout=1)


class Tables(unittest.TestCase):
    def results(self):
        results = report.Results()
        for round_, (ours, theirs) in enumerate([(10, 20), (30, 40), (20, 20)]):
            results.add("w", "tansy", round_, ours)
            results.add("w", "one", round_, theirs)
        results.add("w", "two", 0, 5)
        return results

    def test_a_ratio_is_of_the_same_round(self):
        results = self.results()
        self.assertEqual(results.ratios("w", "one"), [0.5, 0.75, 1.0])
        self.assertEqual(results.ratio("w", "one"), 0.75)
        self.assertEqual(results.ratio("w", "two"), 2.0)

    def test_the_best_is_the_fastest_peer(self):
        self.assertEqual(self.results().best("w", ("one", "two", "three")), (2.0, "two"))

    def test_a_goal_is_reached_or_missed(self):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            wanted = [goals.Goal(("w",), ("one",), 0.75), goals.Goal(("w",), ("two",), 1.0), goals.Goal(("v",), ("one",), 1.0)]
            report.goals(self.results(), wanted, report.Paint(False))
        lines = out.getvalue().splitlines()
        self.assertEqual(len(lines), 3)
        self.assertIn("reached", lines[1])
        self.assertIn("missed by 100 %", lines[2])

    def test_every_goal_names_a_workload(self):
        names = {w.name for w in workloads.ALL}
        self.assertEqual([g for g in goals.GOALS if not set(g.workloads) <= names], [])


class Data(unittest.TestCase):
    def test_both_long_programs_have_as_many_lines(self):
        forms = [data.Path(data.__file__).parent / f"long.{suffix}.in" for suffix in ("tansy", "lua")]
        self.assertEqual(*(form.read_text().count("\n") for form in forms))


if __name__ == "__main__":
    unittest.main()
