"""The table: medians, spread, ratios; in colour on a terminal, plain elsewhere, or as Markdown."""

import math
import statistics

BOLD, DIM, GREEN, RED = "1", "2", "32", "31"


class Paint:
    def __init__(self, colour):
        self.colour = colour

    def __call__(self, text, *codes):
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.colour and codes else text


def number(value):
    """Three digits that matter, no exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(values):
    """Half the distance between the quartiles, in per cent of the median."""
    if len(values) < 3:
        return None
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return 50 * (high - low) / middle if middle > 0 else None


class Results:
    """values[workload][peer][round]: the numbers, in the unit of the workload."""

    def __init__(self):
        self.values = {}

    def add(self, workload, peer, round_, value):
        self.values.setdefault(workload, {}).setdefault(peer, {})[round_] = value

    def median(self, workload, peer):
        rounds = self.values.get(workload, {}).get(peer)
        return statistics.median(rounds.values()) if rounds else None

    def ratios(self, workload, peer):
        """Tansy's number divided by the peer's, of each round that both have; a peer that ran once stands beside the
        first round only."""
        rows = self.values.get(workload, {})
        ours, theirs = rows.get("tansy", {}), rows.get(peer, {})
        return [ours[r] / theirs[r] for r in sorted(ours) if theirs.get(r, 0) > 0]

    def ratio(self, workload, peer):
        ratios = self.ratios(workload, peer)
        return statistics.median(ratios) if ratios else None

    def best(self, workload, peers):
        """The ratio to the fastest of some peers, and its name."""
        found = [(ratio, peer) for peer in peers if (ratio := self.ratio(workload, peer)) is not None]
        return max(found) if found else (None, None)


def geometric(values):
    return math.exp(statistics.fmean(math.log(v) for v in values))


def cells(results, workload, peer):
    """Median, spread and ratio of a peer as texts."""
    rounds = results.values[workload].get(peer)
    if not rounds:
        return "–", "", ""
    wide = spread(list(rounds.values()))
    ratio = results.ratio(workload, peer) if peer != "tansy" else None
    return (
        number(statistics.median(rounds.values())),
        f"±{wide:.0f}%" if wide is not None else "once" if len(rounds) == 1 else "",
        number(ratio) if ratio else "",
    )


def table(results, workloads, peers, paint, width):
    """One line a workload, three columns a peer; peers that do not fit beside each other follow below."""
    rows = [w for w in workloads if w.name in results.values]
    if not rows:
        return
    names = [p for p in peers if any(p in results.values[w.name] for w in rows)]
    label = max(len(w.name) for w in rows) + 5
    texts = {(w.name, name): cells(results, w.name, name) for w in rows for name in names}
    # The median, the spread and the ratio of a peer: as wide as its widest number, or its name.
    widths = {name: max(len(name) - 6, *(len(texts[w.name, name][0]) for w in rows)) + 2 for name in names}
    others = [name for name in names if name != "tansy"]
    while True:
        shown, used = ["tansy"], label + widths["tansy"] + 14
        while others and (len(shown) == 1 or used + widths[others[0]] + 14 <= width):
            used += widths[others[0]] + 14
            shown.append(others.pop(0))
        heads = (f"{name:>{widths[name] + 6}}{'ratio' if name != 'tansy' else '':>8}" for name in shown)
        print(paint(" " * label + "".join(heads).rstrip(), BOLD))
        for w in rows:
            line = paint(f"{w.name:<{label - 5}}", BOLD) + paint(f"{w.unit:>5}", DIM)
            for name in shown:
                middle, wide, ratio = texts[w.name, name]
                colour = () if not ratio else (GREEN,) if float(ratio.replace(",", "")) <= 1 else (RED,)
                line += f"{middle:>{widths[name]}}" + paint(f"{wide:>6}", DIM) + paint(f"{ratio:>8}", *colour)
            print(line.rstrip())
        print()
        if not others:
            return


def growth(results, workloads, peers):
    """How cost grows: a row an operation and peer, a column a size; as texts, the heads first."""
    sizes = sorted({w.size for w in workloads if w.name in results.values})
    lines = [["ns", "", *(f"{size:,}" for size in sizes)]]
    for program in dict.fromkeys(w.program for w in workloads):
        rows = {w.size: w for w in workloads if w.program == program}
        for peer in peers:
            medians = [results.median(rows[size].name, peer) for size in sizes]
            if any(median is not None for median in medians):
                texts = ("–" if median is None else number(median) for median in medians)
                lines.append([rows[sizes[0]].about, peer, *texts])
    return lines


def growth_table(lines, paint):
    widths = [max(len(line[column]) for line in lines) + 2 for column in range(len(lines[0]))]
    for line in lines:
        left = "".join(f"{text:<{width}}" for text, width in zip(line[:2], widths))
        right = "".join(f"{text:>{width}}" for text, width in zip(line[2:], widths[2:]))
        print(paint(left + right, *([BOLD] if line is lines[0] else [])))
    print()


def markdown(results, workloads, peers):
    """The same as `table`, in one piece."""
    rows = [w for w in workloads if w.name in results.values]
    names = [p for p in peers if any(p in results.values[w.name] for w in rows)]
    lines = [["", "", *names]]
    for w in rows:
        line = [w.name, w.unit]
        for name in names:
            middle, _, ratio = cells(results, w.name, name)
            line.append(middle + (f" ({ratio})" if ratio else ""))
        lines.append(line)
    markdown_table(lines)


def markdown_table(lines):
    for line in lines:
        print("| " + " | ".join(line) + " |")
        if line is lines[0]:
            print("|---|---|" + "---:|" * (len(line) - 2))
    print()


def goals(results, wanted, paint):
    """Each goal whose peers were measured, and whether it is reached."""
    lines = []
    for goal in wanted:
        best = [results.best(w, goal.peers) for w in goal.workloads]
        if any(ratio is None for ratio, _ in best):
            continue
        ratio = geometric([ratio for ratio, _ in best])
        what = goal.workloads[0] if len(goal.workloads) == 1 else f"geometric mean of {len(best)}"
        against = best[0][1] if len(best) == 1 else "the fastest of " + ", ".join(sorted({name for _, name in best}))
        met = ratio <= goal.at_most
        mark = paint("reached", GREEN) if met else paint(f"missed by {100 * (ratio / goal.at_most - 1):.0f} %", RED)
        lines.append(f"  {what:24} {number(ratio):>6} of at most {goal.at_most:<5} {mark}  " + paint(against, DIM))
    if lines:
        print(paint("Ratios wanted", BOLD))
        print("\n".join(lines))
