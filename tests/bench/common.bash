# What the benches share: commands are added, run in turn, shown as medians, held against targets.
# A bench sources this with its own arguments, [BUILD [RUNS [EVENTS]]], and then, in this order:
#
#     add NAME INPUT COMMAND [FILE]...       and peers
#     run_all; show_all
#     target NAME FIGURE lt|gt BOUND         ...
#     end
#
# Every figure is the median of paired runs: A B C A B C ..., so that a drift of the machine's speed
# meets all of them.
#
# shellcheck shell=bash
build=$(cd "${1:-$(dirname "${BASH_SOURCE[0]}")/../../build}" && pwd) || exit
runs=${2:-5} events=${3:-5000000}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
pipelines=$here/../../pipelines
export PATH="$build:$PATH" LC_ALL=C PYTHONDONTWRITEBYTECODE=1

# NAME, the command's INPUT (the file's size makes the MB/s) or a number of bytes that it reads by
# itself, the COMMAND, and a FILE that each run makes anew: out of the command's standard output, or
# the command names it.
names=() inputs=() commands=() files=() missing=()
add() { names+=("$1") inputs+=("$2") commands+=("$3") files+=("${4-}"); }

peer() { # WHETHER-THERE NAME INPUT COMMAND [FILE]
    if eval "$1" >/dev/null 2>&1; then add "${@:2}"; else missing+=("$2"); fi
}
has_duckdb="python3 -c 'import duckdb'"

median() {
    sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

size() { # of all FILEs
    stat -c %s "$@" | awk '{ s += $1 } END { print s }'
}

run_once() { # NUMBER of a command: its wall and CPU seconds and peak KB
    local in=/dev/null out=/dev/null file=${files[$1]}
    [[ ${inputs[$1]} == [0-9]* ]] || in=${inputs[$1]}
    if [[ $file ]]; then
        rm -rf "$file" && sync # or it would write what others have made
        [[ ${commands[$1]} == *"$file"* ]] || out=$file
    fi
    eval "measure $in $out ${commands[$1]}" 2>"$results/err"
}

run_all() {
    local r i line
    results=$(mktemp -d) && trap 'rm -rf "$results"' EXIT
    for ((r = 0; r <= runs; r++)); do # the first is a warm-up; slow peers have one run, counted
        for i in "${!names[@]}"; do
            [[ ${names[i]} == *tenth ]] && ((r != 1)) && continue
            printf '\r%s: run %d of %d        ' "${names[i]}" "$r" "$runs" >&2
            line=$(run_once "$i") ||
                { echo "${names[i]} failed: $(<"$results/err")" >&2; continue; }
            ((r > 0)) && echo "$line" >> "$results/$i"
        done
    done
    printf '\r%70s\r' '' >&2
}

number() { # the number of the command NAME, when it was run
    local i
    for i in "${!names[@]}"; do
        [[ ${names[i]} != "$1" || ! -s $results/$i ]] || { echo "$i"; return; }
    done
    return 1
}

middle() { # NAME wall|cpu|peak: the median of its runs
    local i column
    i=$(number "$1") || return
    case $2 in wall) column=1 ;; cpu) column=2 ;; peak) column=3 ;; esac
    cut -d' ' -f$column "$results/$i" | median
}

speed() { # NAME: MB/s
    local i size
    i=$(number "$1") || return
    size=${inputs[i]}
    [[ $size == [0-9]* ]] || size=$(size "$size")
    middle "$1" wall | awk -v s="$size" '{ printf "%.0f\n", s / $1 / 1e6 }'
}

ratio() { # NAME OTHER: the median over pairs of the one's wall time in the other's
    local i j
    i=$(number "$1") && j=$(number "$2") || return
    paste -d' ' "$results/$i" "$results/$j" | awk '{ printf "%.3f\n", $1 / $4 }' | median
}

show_all() { # BYTES of NDJSON
    local name
    printf '%s events, %d MB of NDJSON, %d runs, %s cores\n\n' "$events" $(($1 / 1000000)) "$runs" \
        "$(nproc)"
    printf '%-34s %8s %8s %8s %9s\n' '' 'wall s' 'CPU s' 'MB/s' 'peak MB'
    for name in "${names[@]}"; do
        number "$name" >/dev/null || continue
        printf '%-34s %8.3f %8.3f %8.0f %9.1f\n' "$name" "$(middle "$name" wall)" \
            "$(middle "$name" cpu)" "$(speed "$name")" \
            "$(middle "$name" peak | awk '{ print $1 / 1024 }')"
    done
    echo
}

missed=()
target() { # NAME FIGURE lt|gt BOUND
    awk -v f="$2" -v b="$4" -v o="$3" 'BEGIN { exit !(o == "lt" ? f <= b : f >= b) }' ||
        missed+=("$1: $2, wanted $([[ $3 == lt ]] && echo at most || echo at least) $4")
}

end() { # the exit status is 1 when a target is missed
    ((${#missing[@]} == 0)) || printf 'not installed, so not measured: %s\n' "${missing[*]}"
    ((${#missed[@]} == 0)) || { printf 'missed: %s\n' "${missed[@]}"; exit 1; }
}
