#!/bin/sh
# kernels.sh NVCC INCLUDE EIGEN: compiles the kernels for the oldest and newest architectures and Hopper's, or those that
# GRAFT_CUDA_ARCHITECTURES names; a spilled register is an error. Each kernel that touches rows must have 128-bit loads and
# stores in the code for the first of them.
set -eu
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
nvcc=$1
set -- -std=c++20 -O3 -DEIGEN_NO_CUDA -Werror all-warnings -I "$2" -isystem "$3" "$here/kernels.cu" \
  -Xptxas -Werror,--warn-on-spills
architectures=${GRAFT_CUDA_ARCHITECTURES:-75 90 120}
for one in $architectures; do mkdir "$work/$one"; done
printf '%s\n' $architectures | xargs -P 2 -I {} "$nvcc" "$@" -cubin -arch=sm_{} --keep --keep-dir "$work/{}" -o "$work/{}/cubin"
echo "no spills for $architectures"
# Two scalars, two scorers, four optimizers: 16 kernels of each task of a step, and 4 that move users by each
# other loss.
# Settling knows no scorer and has two optimizers, scores know no optimizer: 4 of each.
awk '
  BEGIN {
    split("gather_rows 16 move_users 28 move_items 16 settle_row 4 score_pairs 4 score_items 4 add_errors 4", words)
    for (i = 1; i in words; i += 2) wanted[words[i]] = words[i + 1]
  }
  /\.entry / {
    kernel = ""
    if (match($0, /(gather_rows|move_users|move_items|settle_row|score_pairs|score_items|add_errors)/)) {
      kernel = $0
      tasks[kernel] = substr($0, RSTART, RLENGTH)
    }
  }
  kernel != "" && /ld\.global(\.nc)?\.(v4\.[a-z]32|v2\.[a-z]64)/ { ++loads[kernel] }
  kernel != "" && /st\.global\.(v4\.[a-z]32|v2\.[a-z]64)/ { ++stores[kernel] }
  END {
    for (k in tasks) {
      task = tasks[k]
      ++count[task]
      all_loads[task] += loads[k]
      all_stores[task] += stores[k]
      if (!loads[k] || (!stores[k] && task !~ /score|add_errors/)) { print "narrow: " k; bad = 1 }
    }
    for (task in wanted) {
      printf "%s: %d kernels, %d loads and %d stores of 128 bits\n", task, count[task], all_loads[task], all_stores[task]
      if (count[task] != wanted[task]) bad = 1
    }
    exit bad
  }' "$work/${architectures%% *}/kernels.ptx"
