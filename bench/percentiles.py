# SPDX-License-Identifier: MIT
"""Limits: kernels over memory against a plain sum, and `range` from start to end on 4 GB of float32 in the page cache,
with and without percentiles, against what finds limits today. All on one thread; GB are of float32."""
from measure import Group, Row

GB = 1e9
BINS = 100


def kernels(bench):
    amount = 2**30 / GB
    jobs = [bench.helper(name, "bench-kernels", name, amount=amount) for name in ("sum", "range", "digits", "sieve")]
    rows = [Row("minimum, maximum and counts: speed against a sum", "wall", "sum", "range", ">=", 0.8),
            Row("percentiles by brackets: speed against a sum", "wall", "sum", "sieve", "", 0),
            Row("percentiles by counting all: speed against a sum", "wall", "sum", "digits", "", 0)]
    return Group("kernels over memory", jobs, rows, bench.pick(5, 2), [])


def whole(bench):
    frames, few = bench.pick(100_000, 25_000), bench.pick(25_000, 5_000)
    path = bench.recording("range.h5", "--frames", frames, "--grid", f"{BINS}x{BINS}")
    frame = BINS * BINS * 4 / GB

    def ours(name, percentile):
        return bench.nsr(name, "range", path, "--percentile", percentile, "--json", "--threads", "1",
                         amount=frames * frame)

    def peer(what, n):
        return bench.peer(what, "percentiles.py", what, path, n, amount=n * frame)

    jobs = [ours("minimum, maximum", "none"), ours("1 and 99 %", "1,99"),
            ours("nine percentiles", "0.1,1,5,25,50,75,95,99,99.9"), peer("neurospatial", frames),
            peer("dask", few), peer("nanpercentile", few), peer("neurospatial-subset", frames)]
    rows = [Row("1 and 99 %, against minimum and maximum alone", "wall", "1 and 99 %", "minimum, maximum", "<=", 2.5),
            Row("nine percentiles, against the same", "wall", "nine percentiles", "minimum, maximum", "", 0),
            Row("minimum and maximum, speed against neurospatial's", "wall", "neurospatial", "minimum, maximum", ">=", 4),
            Row("CPU of the same", "cpu", "neurospatial", "minimum, maximum", "", 0)]
    rows += [Row(f"1 and 99 %, speed against {what}", "wall", name, "1 and 99 %", ">=", 4)
             for what, name in (("np.nanpercentile, in memory", "nanpercentile"), ("dask's, approximate", "dask"))]
    rows += [Row("1 and 99 % of all frames, time against neurospatial's of 10,000 frames", "wall", "1 and 99 %",
                 "neurospatial-subset", "", 0)]
    return Group(f"limits of {frames:,} frames of {BINS}x{BINS}", jobs, rows, bench.pick(3, 1), [path])


def groups(bench):
    return [kernels(bench), whole(bench)]
