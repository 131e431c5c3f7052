# What the pipelines share: options, the contract, going on from a state, signals, the exit status.
# A pipeline's run sources this, and then, in this order:
#
#     usage=...                 its own options, with two spaces before each; `common_usage` follows
#     NAME=DEFAULT...           of each option; input and sink are common to all
#     streams=(NAME...)         that are read, from files or from topics
#     take_options NAME... -- "$@"
#     pipe() {
#         ft-ingest "${ingest[@]}" "${sources[@]}" ... | ... | ft-sink "$sink" ...
#         leftmost "${PIPESTATUS[@]}"
#     }
#     run_pipe
#
# shellcheck shell=bash
pipelines=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)
# shellcheck source=pipelines/kafka.bash
. "$pipelines/kafka.bash"
export PATH="${FT_BUILD:-$pipelines/../build}:$PATH" FT_CONTRACT="$here/contract.json"

common_usage="  --state DIR        keep in DIR what is needed to go on after a crash, or with more input: run again
                     with the same options goes on; \$FT_STATE
  --epoch EPOCH      with --state, how often to commit: a duration, or a number of records such as
                     10000r; 1s
  --follow           read the files as they grow and are rotated, until SIGTERM or SIGINT; what waits
                     for records still to come waits until then (ft-ingest(1), about rotation)
  --no-drain         with --state: the files will be longer in the next run, so what waits for
                     records still to come waits until then
  --kafka BROKER     read topics in place of files, through kcat: live, until the run is ended; the
                     contract says which topic a stream is, else its name does
  --drain            with --kafka: read to where the topics end now, and let go of all that waits
  --idle DURATION    with --kafka or --follow: do not wait for a partition or a file that was silent
                     for so long
  --same-file        with --state, what to make of a file that begins as one that was read, but is
  --new-file         another one for the system: it is that file, or a new one (ft-ingest(1))
  --progress         on a terminal, show how far ft-ingest has read

SIGTERM or SIGINT ends the run in order: what was read is committed. A second one ends it at once."

refuse() {
    printf 'run: %s\n%s\n%s\n' "$1" "$usage" "$common_usage" >&2
    exit 2
}

# take_options NAME... -- ARGUMENT...: for --NAME VALUE, sets the variable NAME, with _ for -. Those
# of all pipelines need not be named.
take_options() {
    local own=' input sink state epoch kafka idle '
    state=${FT_STATE-} epoch='' drain='' doubt='' follow='' kafka='' idle='' progress=''
    while [[ $1 != -- ]]; do own+="$1 " && shift; done
    while shift && (($#)); do
        case $1 in
        --help) printf '%s\n%s\n' "$usage" "$common_usage" && exit ;;
        --follow) follow=$1= && continue ;;
        --no-drain | --drain) drain=$1 && continue ;;
        --progress) progress=$1 && continue ;;
        --same-file | --new-file) doubt=$1 && continue ;;
        esac
        [[ $1 =~ ^--([a-z-]+)$ && $own == *" ${BASH_REMATCH[1]} "* ]] ||
            refuse "there is no option $1"
        [[ ${2-} ]] || refuse "option $1 needs an argument"
        printf -v "${BASH_REMATCH[1]//-/_}" %s "$2"
        shift
    done
    [[ $state || ! $epoch ]] || refuse 'option --epoch needs --state'
    [[ $kafka || $drain != --drain ]] || refuse 'option --drain needs --kafka'
    [[ $kafka || $follow || ! $idle ]] || refuse 'option --idle needs --kafka or --follow'
    [[ ! $kafka || ! $follow ]] || refuse '--kafka and --follow exclude each other'
    [[ $state || ! ${drain#--drain}$doubt ]] || refuse "option ${drain:-$doubt} needs --state"
}

# file STREAM: where in $input it is, as ft-ingest wants it.
file() {
    local path=$input/$1.ndjson
    [[ -e $path || $follow ]] || path+=.gz
    printf '%s\n' "$follow$1=$path"
}

# Says in $sources what ft-ingest reads.
find_sources() {
    local stream
    sources=() tables=()
    if [[ $kafka ]]; then
        find_partitions && find_offsets
        return
    fi
    for stream in "${streams[@]}"; do sources+=("$(file "$stream")"); done
}

# leftmost STATUS...: the first that is a cause; 4 (what wrote its input died) and 141 (what read
# its output went away) only follow from others.
leftmost() {
    local status
    for status; do
        case $status in 0 | 4 | 141) ;; *) return "$status" ;; esac
    done
}

# The filters of a run that was killed may still be about to commit. All of them have the lock: once
# it is ours, none is left.
wait_for_the_last() {
    # One directory, not a path of them: ft-ingest makes it durable where it stands, not what is above.
    [[ -d $state ]] || mkdir -m 700 -- "$state" || exit 3
    exec {run_lock}>>"$state/run.lock" && chmod 600 "$state/run.lock" || exit 3
    flock -w 10 "$run_lock" && return
    printf 'run: %s: is in use by another run\n' "$state" >&2
    exit 3
}

# Says in $ingest where ft-ingest goes on: behind what the sink has committed.
go_on() {
    local committed
    ingest=(${progress:+"$progress"} ${idle:+--idle "$idle"})
    [[ $state ]] || return 0
    export FT_STATE=$state
    wait_for_the_last
    committed=$(ft-sink --committed "$sink") || exit
    ingest+=(--restore "$committed" ${epoch:+--epoch "$epoch"} ${drain:+"$drain"}
        ${doubt:+"$doubt"})
}

forward() {
    [[ $job ]] || exit "$2" # nothing runs yet
    kill "-$1" -- "-$job" 2>/dev/null
    forwarded=yes
}

run_job() {
    if [[ $kafka$follow ]]; then
        echo "$BASHPID" >&"$lifeline"
        exec {lifeline}>&-
    fi
    if [[ $kafka ]]; then
        pipe_with_kcat
    else
        trap : TERM INT
        pipe
    fi
}

# When this shell has ended, ends what is left of the job: it or the job's own shell may have been
# killed, and none of the others would notice where the input has no end. The job says which process
# group it is before it begins; who is just being made misses a signal, so there is one again.
watch_over() {
    exec {lifeline}> >(
        trap '' TERM INT HUP QUIT
        read -r group || exit
        read -r
        while kill -TERM -- "-$group" 2>/dev/null; do sleep 1; done
    )
}

# Runs `pipe` and ends with its status. The pipe is a job in a process group of its own, so that one
# signal to this shell reaches every filter, and reaches it once, wherever it came from: Ctrl-C, a
# service manager, kill(1). A signal that was ignored at the start (nohup) stays so.
run_pipe() {
    job=''
    go_on
    find_sources
    set -m
    trap 'forward TERM 143' TERM
    trap 'forward INT 130' INT
    trap 'forward HUP 129' HUP
    trap 'forward QUIT 131' QUIT
    trap 'forward STOP 0 && kill -STOP $$ && forward CONT 0' TSTP # Ctrl-Z, and on with fg
    if [[ -t 0 ]]; then exec </dev/null; fi # a job that reads the terminal would be stopped
    [[ ! $kafka$follow ]] || watch_over
    (run_job) &
    job=$!
    while forwarded='' && wait -f "$job"; status=$?; [[ $forwarded ]]; do :; done
    kill -TERM -- "-$job" 2>/dev/null # where the job's own shell was killed, its pipe goes on
    exit "$status"
}
