# What the kill tests share. Each sources this with its own arguments, KILLS [SEED], once it has said
# what it does in $about, and then calls
#
#     run_trials         until KILLS processes were killed that lived
#
# It has a function trial, which makes trial number $seed in the folder that it is called in, an empty
# one, and calls
#
#     disturb SALT KILLS SPAN_MS STATE LOG COMMAND...    with killer's arguments, and its options in
#                                                        $killer_options
#     compare_rows       files `expected` and `actual`: sorted, as they should be and as they are
#
# shellcheck shell=bash
set -u -o pipefail

usage="usage: kill KILLS [SEED]

$about
The last line is \"N kills, M restarts, 0 lost, 0 doubled\"; exit status 1 when it is another.

Goes through trials from number SEED (1) on, until KILLS processes were killed that lived. Each is
some input and a pipe that follow from the number, as do the choices of whom to kill and when; the
moments themselves depend on the machine. \$KILL_LOG is a file for what the trials do."

if (($# < 1 || $# > 2)) || [[ ! $1 =~ ^[0-9]+$ || ! ${2-1} =~ ^[0-9]+$ ]]; then
    printf '%s\n' "$usage" >&2
    exit 2
fi
wanted=$1 first=${2-1}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
export FT_BUILD=${FT_BUILD:-$root/build} LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=0
export PATH=$FT_BUILD:$PATH
unset FT_STATE FT_CONTRACT
# who looks for leaks does so in a process beside the filter, which waits for ever when that is killed
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
oracle=$root/tests/oracle/oracle
log=${KILL_LOG:-/dev/null}
work=$(mktemp -d)
killed=0 restarts=0 refusals=0 lost=0 doubled=0 killer_options=()

now_ms()
{
    echo $((${EPOCHREALTIME/./} / 1000))
}

disturb()
{
    local k r refused
    killer "${killer_options[@]}" $((seed * 10 + $1)) "${@:2}" >counts 2>>killer.log || return
    read -r k r refused <counts
    killed=$((killed + k)) restarts=$((restarts + r)) refusals=$((refusals + refused))
}

compare_rows()
{
    [[ -s expected ]] || return
    lost=$((lost + $(comm -23 expected actual | wc -l)))
    doubled=$((doubled + $(comm -13 expected actual | wc -l)))
    cmp -s expected actual
}

say_result()
{
    ((refusals == 0)) || printf '%d runs refused to go on behind others\n' "$refusals"
    printf '%d kills, %d restarts, %d lost, %d doubled\n' "$killed" "$restarts" "$lost" "$doubled"
}

run_trials()
{
    local before
    for ((seed = first; killed < wanted; seed++)); do
        before=$killed
        mkdir "$work/$seed" && cd "$work/$seed" && : >killer.log || return
        if ! trial; then
            cat "$work/$seed/killer.log" >&2
            printf 'trial %d failed: see %s, and again by: %s 1 %d\n' "$seed" "$work/$seed" "$0" \
                "$seed" >&2
            say_result
            return 1
        fi
        cat killer.log >>"$log"
        printf '%d kills\n' "$((killed - before))" >>"$log"
        cd / && rm -rf "${work:?}/$seed"
    done
    rm -rf "$work"
    say_result
}
