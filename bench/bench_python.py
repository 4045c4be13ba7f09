# SPDX-License-Identifier: MIT
"""What one operation costs in Python, beside int and frozenset, after checking that all agree.

usage: PYTHONPATH=build/python python3 bench/bench_python.py [--check]

--check ends with 1 when `a <= b` is slower than `v & h == v` on ints of 2048
bits, or takes more than a tenth of frozenset's `<=`.
"""
import subprocess
import sys
import timeit

import featset as fs

# An int and a frozenset of the same bits; the top bit makes the int 2048 bits long.
TOP = fs.FeatureSet([2047])
NUMBER = 100000
ROUNDS = 9


def as_int(features):
    return sum(1 << int(f) for f in features)


def as_frozenset(features):
    return frozenset(map(int, features))


def nanoseconds(statement, names):
    return min(timeit.repeat(statement, globals=names, number=NUMBER, repeat=ROUNDS)) / NUMBER * 1e9


def main():
    small, large = (fs.baseline(name).features | TOP for name in ("sapphirerapids", "graniterapids"))
    names = {"a": small, "b": large, "v": as_int(small), "h": as_int(large), "f": as_frozenset(small),
             "g": as_frozenset(large)}
    rows = [
        ("subset", "a <= b", "v & h == v", "f <= g"),
        ("equal", "a == b", "v == h", "f == g"),
        ("and", "a & b", "v & h", "f & g"),
        ("or", "a | b", "v | h", "f | g"),
        ("minus", "a - b", "v & ~h", "f - g"),
    ]
    fine = True
    print("%d and %d features; ns a call, and how many times featset's" % (len(small), len(large)))
    print("%-8s %10s %18s %18s" % ("", "featset", "int", "frozenset"))
    for name, ours, ints, frozen in rows:
        results = [eval(statement, names) for statement in (ours, ints, frozen)]
        if isinstance(results[0], fs.FeatureSet):
            results = [as_int(results[0]), results[1], sum(1 << bit for bit in results[2])]
        assert results[0] == results[1] == results[2], name
        times = [nanoseconds(statement, names) for statement in (ours, ints, frozen)]
        print("%-8s %10.1f %10.1f (%4.1fx) %10.1f (%4.1fx)"
              % (name, times[0], times[1], times[1] / times[0], times[2], times[2] / times[0]))
        if name == "subset":
            fine = times[0] <= times[1] and times[0] <= times[2] / 10
    code = "import time; t = time.perf_counter(); import featset; print(time.perf_counter() - t)"
    loads = [float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(9)]
    print("import   %10.2f ms" % (min(loads) * 1e3))
    if "--check" in sys.argv and not fine:
        print("a <= b is slower than it may be")
        sys.exit(1)


if __name__ == "__main__":
    main()
