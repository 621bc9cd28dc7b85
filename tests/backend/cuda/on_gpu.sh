#!/usr/bin/env bash
# Everything that only a GPU can prove of the CUDA backend, and its speed, in at most 8 minutes:
#   on_gpu.sh build FOLDER [ARGUMENT...]   compiles it where nvcc is, into a folder that can be carried; arguments for CMake
#   on_gpu.sh run FOLDER [RESULTS]         runs it where a GPU is; results come to the folder RESULTS (on_gpu_results)
# The environment may set, for build, GRAFT_CUDA_ARCHITECTURES (90: H100 and H200), GRAFT_ON_GPU_CMAKE (FOLDER.cmake), the
# folder that CMake builds in, and GRAFT_ON_GPU_SUITE=no, without test_device_cuda, which takes minutes to compile; for run,
# GRAFT_ON_GPU_SECONDS (480), for all of it. run needs compute-sanitizer, and python3 with PyTorch for what is compared with
# it. A step that fails does not stop the others.
# Exit status of run: 0 where all steps passed, 1 where one did not, 3 where no GPU can be used.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

usage() { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }

build() {
  [ $# -ge 1 ] || usage
  local root folder=$1 cmake=${GRAFT_ON_GPU_CMAKE:-$1.cmake} program
  root=$(cd "$here/../../.." && pwd)
  mkdir -p "$folder"/{lib,bench}
  # shellcheck disable=SC2016 # the loader reads $ORIGIN
  cmake -S "$root" -B "$cmake" -DCMAKE_BUILD_TYPE=Release -DGRAFT_WITH_CUDA=ON -DGRAFT_BUILD_EXAMPLES=OFF \
    "-DCMAKE_CUDA_ARCHITECTURES=${GRAFT_CUDA_ARCHITECTURES:-90}-real" '-DCMAKE_BUILD_RPATH=$ORIGIN/lib;$ORIGIN/../lib' "${@:2}"
  local tests=("$cmake"/tests/backend/cuda/test_cuda_{system,switch}) suite=()
  if [ "${GRAFT_ON_GPU_SUITE:-yes}" = yes ]; then
    suite=(test_device_cuda)
    tests+=("$cmake"/tests/backend/device/test_device_cuda)
  fi
  cmake --build "$cmake" --target test_cuda_system test_cuda_switch bench_train_cuda compare_train_cuda compare_top_k_cuda \
    "${suite[@]}"
  local benches=("$cmake"/bench/{train_cuda,compare_train_cuda,compare_top_k_cuda})
  for program in "${tests[@]}"; do strip -o "$folder/${program##*/}" "$program"; done
  for program in "${benches[@]}"; do strip -o "$folder/bench/${program##*/}" "$program"; done
  # Libraries that the other machine may lack or have in an older version; the C library is its own.
  ldd "${tests[@]}" "${benches[@]}" | awk '$3 ~ /^\// { print $3 }' | sort -u |
    grep -vE '/(ld-linux|lib(c|m|dl|rt|pthread|cuda))[-.][^/]*$' | xargs -I {} cp -L {} "$folder/lib/"
  cp -r "$root"/tests/fixtures "$root"/tests/golden "$folder/"
  cp "$root"/bench/compare/{train,top_k}.py "$0" "$folder/"
  local size
  size=$(du -sm "$folder" | cut -f 1)
  echo "$folder: $size MiB"
  [ "$size" -lt 64 ] || { echo "more than 64 MiB" >&2; exit 1; }
}

# step NAME LIMIT COMMAND...: runs a command for at most LIMIT seconds, and what is left of them all; writes down how it went.
failed=0
step() {
  local name=$1 limit=$2 left=$((deadline - SECONDS)) start=$SECONDS status=0 state=passed
  shift 2
  printf '\n=== %s: %s\n' "$name" "$*" >>"$results/log.txt"
  if [ "$left" -lt 5 ]; then
    state="no time was left"
  else
    [ "$limit" -le "$left" ] || limit=$left
    timeout -k 5 "$limit" "$@" >"$results/step.txt" 2>&1 || status=$?
    cat "$results/step.txt" >>"$results/log.txt"
    case $status in
      0) ;;
      124 | 137) state="stopped after $limit s" ;;
      *) state="failed ($status)" ;;
    esac
  fi
  printf '%s\t%s\t%s\n' "$name" "$state" $((SECONDS - start)) >>"$results/steps.tsv"
  printf '%-12s %-24s %4d s\n' "$name" "$state" $((SECONDS - start))
  [ "$state" = passed ] || { failed=1; [ ! -e "$results/step.txt" ] || tail -n 8 "$results/step.txt" | sed 's/^/    /'; }
  rm -f "$results/step.txt"
  [ "$state" = passed ]
}

# report: results.json and the tables.
report() {
  python3 - "$results" <<'PYTHON'
import json, os, sys

folder = sys.argv[1]
def read(name):
    try:
        with open(os.path.join(folder, name)) as f:
            return json.load(f)
    except (OSError, ValueError):
        return None  # its step says why
with open(os.path.join(folder, "steps.tsv")) as f:
    steps = [dict(zip(("step", "state", "seconds"), line.rstrip("\n").split("\t"))) for line in f]
benches = [b for b in (read(f"bench_{size}.json") for size in ("XL", "L", "M")) if b]
train, top_k = read("train.json"), read("top_k.json")
rates = {b["name"].removesuffix("/real_time"): b for bench in benches for b in bench["benchmarks"]}
if rates:
    copied = ", ".join(bench["context"].get("copied, GB/s", "?") for bench in benches)
    print(f"\ncopied, GB/s, read and written: {copied}")
    print("| train_cuda | million interactions/s | share of the copy |\n|---|---|---|")
    for name, b in rates.items():
        print(f"| {name} | {b.get('interactions/s', 0) / 1e6:.4g} | {b.get('fraction', float('nan')):.3g} |")
def ratio(optimizer):
    return next((r["ratio"] for r in train or [] if r["size"] == "XL" and r["optimizer"] == optimizer), None)
goals = [
    ("XL, dense Adam: times PyTorch's best", ratio("adam"), 20),
    ("XL, touched rows only: times SparseAdam", ratio("sparse_adam"), 5),
    ("XL, batches of 65536: share of the copy", rates.get("adam<64>/XL/65536/1", {}).get("fraction"), 0.5),
    ("top 10 of 1M x 64, 1024 users: times torch's product and topk", (top_k or {}).get("faster"), 1),
]
print("\n| goal | wanted | measured | |\n|---|---|---|---|")
for what, wanted, got in ((g[0], g[2], g[1]) for g in goals):
    shown = "-" if got is None else f"{got:.3g}"
    print(f"| {what} | {wanted} | {shown} | {'not measured' if got is None else 'met' if got >= wanted else 'missed'} |")
with open(os.path.join(folder, "results.json"), "w") as f:
    json.dump({"steps": steps, "goals": [dict(zip(("goal", "measured", "wanted"), g)) for g in goals], "train_cuda": benches,
               "train": train, "top_k": top_k}, f, indent=1)
PYTHON
}

run() {
  [ $# -ge 1 ] || usage
  mkdir -p "${2:-on_gpu_results}"
  results=$(cd "${2:-on_gpu_results}" && pwd)
  deadline=$((SECONDS + ${GRAFT_ON_GPU_SECONDS:-480}))
  cd "$1"
  rm -f "$results"/{steps.tsv,log.txt,results.json,top_k.json,train.json,bench_{XL,L,M}.json}
  if ! step device 60 ./test_cuda_system -tc="there is a device"; then exit 3; fi
  grep -h -m 1 "MESSAGE:" "$results/log.txt" || true
  local check tool
  check=$(command -v compute-sanitizer || find /usr/local /opt -name compute-sanitizer -type f -print -quit 2>/dev/null || true)
  # (a) to (c): is it right?
  step switch 30 ./test_cuda_switch || true
  step suite 120 ./test_device_cuda || true
  step same_bits 60 ./test_cuda_system || true
  for tool in memcheck racecheck initcheck synccheck; do
    step "$tool" 45 "${check:-compute-sanitizer}" --tool "$tool" --error-exitcode 9 ./test_cuda_system -tc="every kernel*" || true
  done
  # (d) and (e): is it fast? What the goals are about comes first.
  local size
  for size in XL L M; do
    step "bench_$size" 60 bench/train_cuda "--benchmark_filter=^(adam|sparse_adam)<64>/$size/" --benchmark_min_time=0.3 \
      "--benchmark_out=$results/bench_$size.json" || true
  done
  step top_k 60 python3 top_k.py --device cuda --build . --rounds 1 --json "$results/top_k.json" || true
  step train 150 python3 train.py bench/compare_train_cuda --device cuda --sizes XL,L,M8192 --rounds 1 \
    --json "$results/train.json" || true
  report || { echo "no python3, so the results are steps.tsv, log.txt and the JSON of each step" >&2; failed=1; }
  printf '\n%s, in %s\n' "$([ $failed = 0 ] && echo "all steps passed" || echo "not all steps passed")" "$results"
  exit $failed
}

case ${1:-} in
  build | run) "$@" ;;
  *) usage ;;
esac
