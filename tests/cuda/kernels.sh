#!/bin/sh
# kernels.sh NVCC INCLUDE EIGEN: compiles the kernels for each architecture; a spilled register is an error. The code
# for the first one must have 128-bit loads and stores in each kernel that touches rows.
set -eu
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compile() { "$1" -std=c++20 -O3 -DEIGEN_NO_CUDA -Werror all-warnings -I "$2" -isystem "$3" "$here/kernels.cu" "$4" "$5" \
  -o "$work/out" -Xptxas -Werror,--warn-on-spills; }
for architecture in ${GRAFT_CUDA_ARCHITECTURES:-75 80 90 120}; do
  compile "$1" "$2" "$3" -cubin -arch=sm_"$architecture"
  echo "sm_$architecture: no spills"
done
compile "$1" "$2" "$3" -ptx -arch=sm_75
awk '
  /\.visible \.entry|^\.entry|\.entry / { if (match($0, /(gather_rows|move_users|move_items|settle_row|score_pairs|score_items|add_misses)/)) kernel = substr($0, RSTART, RLENGTH); else kernel = "" }
  kernel != "" { seen[kernel] = 1 }
  kernel != "" && /ld\.global(\.nc)?\.v4|ld\.v4/ { ++loads[kernel] }
  kernel != "" && /st\.global\.v4|st\.v4/ { ++stores[kernel] }
  END {
    for (k in seen) {
      ++count
      printf "%s: %d loads and %d stores of 128 bits\n", k, loads[k], stores[k]
      if (!loads[k] || (!stores[k] && k !~ /score|misses/)) bad = 1
    }
    exit bad || count != 7
  }' "$work/out"
