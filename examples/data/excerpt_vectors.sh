#!/bin/sh
# Cuts the vectors of some words out of a large file, in its order, with four decimals:
#   make_synthetic words > WORDS && ./excerpt_vectors.sh WORDS glove-wiki-gigaword-100.gz > synthetic/vectors.txt
set -eu
gzip -dc "$2" | LC_ALL=C awk '
  NR == FNR { wanted[$1] = 1; next }
  NF > 2 && $1 in wanted {
    printf "%s", $1
    for (i = 2; i <= NF; ++i) printf " %.4f", $i
    print ""
    delete wanted[$1]
  }
  END {
    for (word in wanted) { print "no vector for " word > "/dev/stderr"; bad = 1 }
    exit bad
  }' "$1" -
