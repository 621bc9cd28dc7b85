#!/usr/bin/env python3
"""What programs with graft cost to compile: user seconds and memory of the compiler.

    python3 bench/compare/compile_cost.py [--compiler g++] [--eigen /usr/include/eigen3] [--rounds 3] [--json FILE] [--check]

It needs no build folder. Seconds are the least of --rounds runs with -O2. With --check: graft/graft.hpp takes at most 3 s,
the tutorial at most 12 s and 600 MB, and where it links graft::compiled at most 4 s.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
TUTORIAL = os.path.join(ROOT, "examples", "tutorial.cpp")
#          what                       flags, source                          at most: seconds, MB
PROGRAMS = [
    ("Eigen/Dense",                   [], "#include <Eigen/Dense>\nint main() {}\n", None, None),
    ("graft/graft.hpp",               [], "#include <graft/graft.hpp>\nint main() {}\n", 3, None),
    ("tutorial",                      [], open(TUTORIAL).read(), 12, 600),
    ("tutorial with graft::compiled", ["-DGRAFT_COMPILED"], open(TUTORIAL).read(), 4, None),
    ("the library graft::compiled",   [], open(os.path.join(ROOT, "cmake", "graft-compiled.cpp")).read(), None, None),
]


def cost(command):
    """User seconds and MB of one run."""
    process = subprocess.Popen(command)
    _, status, used = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit("failed: " + " ".join(command))
    return used.ru_utime, used.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", help="not needed; the other comparisons have it")
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--eigen", default="/usr/include/eigen3", help="Eigen's include folder")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", help="write the table to this file")
    parser.add_argument("--check", action="store_true", help="exit 1 if a goal is missed")
    a = parser.parse_args()
    flags = ["-std=c++20", "-O2", "-I", os.path.join(ROOT, "include"), "-isystem", a.eigen, "-DGRAFT_WITH_ZLIB",
             '-DGRAFT_EXAMPLE_DATA=""']

    rows = []
    missed = []
    print("| program | user s | at most | MB | at most |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "program.cpp")
        for name, extra, text, seconds_goal, memory_goal in PROGRAMS:
            with open(source, "w") as f:
                f.write(text)
            runs = [cost([a.compiler, *flags, *extra, "-c", source, "-o", os.devnull]) for _ in range(a.rounds)]
            seconds = min(r[0] for r in runs)
            memory = max(r[1] for r in runs)
            if seconds_goal and seconds > seconds_goal:
                missed.append(f"{name}: {seconds:.1f} s")
            if memory_goal and memory > memory_goal:
                missed.append(f"{name}: {memory:.0f} MB")
            print(f"| {name} | {seconds:.1f} | {seconds_goal or ''} | {memory:.0f} | {memory_goal or ''} |", flush=True)
            rows.append({"program": name, "seconds": seconds, "megabytes": memory})
    if a.json:
        with open(a.json, "w") as f:
            json.dump(rows, f, indent=1)
    if missed:
        print("missed: " + ", ".join(missed))
    sys.exit(1 if a.check and missed else 0)


if __name__ == "__main__":
    main()
