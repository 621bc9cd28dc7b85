#!/usr/bin/env python3
"""Times graft's importer of vectors, gensim's, and the floors beneath both on the same files in one run.

    python bench/compare/importer.py --bench build/bench/vectors --json importer.json

Needs the program bench/vectors from a Release build with zlib, and `pip install gensim`. The files are generated
into a temporary folder, or into --files, where they stay. GRAFT_BENCH_SMALL=1 makes them small.
"""

import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time


def time_graft(bench, files, repetitions):
    """Seconds of each benchmark: the fastest of some repetitions."""
    command = [bench, "--benchmark_format=json", f"--benchmark_repetitions={repetitions}",
               "--benchmark_min_time=0.01", "--benchmark_filter=^(import|floor)_"]
    done = subprocess.run(command, env={**os.environ, "GRAFT_BENCH_FILES": str(files)}, check=True,
                          stdout=subprocess.PIPE)
    seconds = {}
    for run in json.loads(done.stdout)["benchmarks"]:
        if run["run_type"] != "iteration":
            continue
        if "error_message" in run:
            sys.exit(f"{run['name']}: {run['error_message']}")
        name = run["name"].split("/real_time")[0].split("/repeats")[0]
        assert run["time_unit"] == "ms"
        seconds[name] = min(run["real_time"] / 1e3, seconds.get(name, float("inf")))
    return seconds


def time_gensim(files, repetitions):
    try:
        import gensim
        from gensim.models import KeyedVectors
    except ImportError:
        sys.exit("gensim is not installed; run `pip install gensim`, or give --skip-gensim")
    (text,), (packed,), (binary,) = (list(files.glob(pattern)) for pattern in ("*.txt", "*.txt.gz", "*.bin"))
    seconds = {}
    for name, path, is_binary in (("text", text, False), ("gzip", packed, False), ("binary", binary, True)):
        for _ in range(repetitions):
            start = time.perf_counter()
            vectors = KeyedVectors.load_word2vec_format(str(path), binary=is_binary)
            took = time.perf_counter() - start
            seconds[name] = min(took, seconds.get(name, float("inf")))
            del vectors
    return gensim.__version__, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", default="build/bench/vectors", help="the benchmark program")
    parser.add_argument("--files", type=pathlib.Path, help="where to keep the generated files")
    parser.add_argument("--repetitions", type=int, default=5, help="of graft and the floors; the fastest counts")
    parser.add_argument("--gensim-repetitions", type=int, default=1)
    parser.add_argument("--skip-gensim", action="store_true")
    parser.add_argument("--json", type=pathlib.Path, help="where to write the results")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="graft_importer_") as temporary:
        files = arguments.files or pathlib.Path(temporary)
        files.mkdir(parents=True, exist_ok=True)
        ours = time_graft(arguments.bench, files, arguments.repetitions)
        version, theirs = (None, {}) if arguments.skip_gensim else time_gensim(files, arguments.gensim_repetitions)

    floors = {"text": "floor_from_chars", "gzip": "floor_inflate", "binary": "floor_copy_and_index",
              "filtered": "floor_read_bytes"}
    rows = []
    for case, floor in floors.items():
        # gensim has no filter: it has to load everything.
        other = theirs.get("text" if case == "filtered" else case)
        for threads in (1, 2):
            took = ours[f"import_{case}/threads:{threads}"]
            rows.append({"case": case, "threads": threads, "seconds": took, "floor": floor,
                         "floor_seconds": ours[floor], "over_floor": took / ours[floor],
                         "gensim_seconds": other, "times_gensim": other / took if other else None})

    print(f"{'case':10}{'threads':>8}{'graft s':>10}{'floor s':>10}{'x floor':>9}{'gensim s':>10}{'faster':>9}  floor")
    for row in rows:
        other = f"{row['gensim_seconds']:10.2f}{row['times_gensim']:8.1f}x" if row["gensim_seconds"] else " " * 19
        print(f"{row['case']:10}{row['threads']:8}{row['seconds']:10.3f}{row['floor_seconds']:10.3f}"
              f"{row['over_floor']:9.2f}{other}  {row['floor']}")
    if arguments.json:
        result = {"rows": rows, "gensim": version, "machine": platform.platform(), "cores": os.cpu_count()}
        arguments.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
