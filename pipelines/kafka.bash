# What common.bash needs to read topics: run --kafka BROKER. For each partition there is one kcat that
# writes to a FIFO of its own; they and the filters are one process group, which lives and ends as one.
#
# shellcheck shell=bash

sorry() {
    printf 'run: %s\n' "$1" >&2
    exit 3
}

# Runs kcat for an answer. Where that fails, kcat's own words are in it.
ask() {
    local answer
    answer=$(kcat -b "$kafka" -m 10 "$@" 2>&1) || sorry "kcat: ${answer#% }"
    printf '%s\n' "$answer"
}

# How many partitions TOPIC has, as `kcat -L` lists it on standard input.
partitions() {
    awk -v topic="\"$1\"" '$1 == "topic" && $2 == topic { count = $4 } END { print count + 0 }'
}

# Says in $sources what ft-ingest reads, in $tables which of it are partitions of tables; makes FIFOs.
find_partitions() {
    local stream topic kind count partition listed topics
    topics=$(FT_STATE='' ft-ingest --print topics "${streams[@]}") || exit
    listed=$(ask -L) || exit
    make_room_for_fifos
    while read -r stream topic kind; do
        count=$(partitions "$topic" <<<"$listed")
        ((count)) || sorry "$kafka has no topic $topic, of which stream $stream is to be"
        for ((partition = 0; partition < count; partition++)); do
            mkfifo -m 600 -- "$fifos/$stream.$partition" || exit 3
            sources+=("$stream:$partition=$fifos/$stream.$partition")
            [[ $kind == timed ]] || tables+=("-t" "$topic:$partition:-1")
        done
    done <<<"$topics"
}

# In the state there is one run at a time, and what is left there is of one that was killed.
make_room_for_fifos() {
    if [[ $state ]]; then
        fifos=$state/fifos
        rm -rf -- "$fifos" && mkdir -m 700 -- "$fifos" || exit 3
    else
        fifos=$(mktemp -d) || exit 3
    fi
    trap 'rm -rf -- "$fifos"' EXIT
}

# Says in $ends where the partitions of tables end now, in $feeds with which options kcat reads each
# partition: STREAM PARTITION OPTION...
find_offsets() {
    local lines
    ends=''
    [[ ! ${tables[*]} ]] || ends=$(ask -Q "${tables[@]}") || exit
    lines=$(ft-ingest "${ingest[@]}" --print kcat-args "${sources[@]}") || exit
    mapfile -t feeds <<<"$lines"
    format=$(ft-ingest --print kcat-format) || exit
}

# The end of partition $2 of TOPIC, or nothing when it is none of a table.
end_of() {
    awk -v topic="$1" -v partition="[$2]" '$1 == topic && $2 == partition { print $4 }' <<<"$ends"
}

# kcat prints the rest of its options to the FIFO, flushed behind each message.
feed() {
    stdbuf -oL kcat -b "$kafka" -f "$format" "$@"
}

# A table is read first. It is whole when what was there has come; what comes twice is dropped.
feed_table() {
    local end=$1
    shift
    echo "catching-up" && feed -e "$@" && echo "caught-up" || return
    exec stdbuf -oL kcat -b "$kafka" -f "$format" "$@" -o "$end"
}

# feed_partition STREAM PARTITION OPTION...
feed_partition() {
    local fifo=$fifos/$1.$2 end
    end=$(end_of "$4" "$2")
    shift 2
    if [[ $drain == --drain ]]; then
        feed -e "$@" >"$fifo"
    elif [[ $end ]]; then
        feed_table "$end" "$@" >"$fifo"
    else
        feed "$@" >"$fifo"
    fi
}

# What kcats have to say: once where all say the same, and not that the pipe had enough.
tell() {
    local line last=''
    trap '' TERM INT
    while IFS= read -r line; do
        [[ $line == "$last" || $line == *': Broken pipe' ]] || printf 'run: kcat: %s\n' "${line#% }"
        last=$line
    done
}

# Runs `pipe` with a kcat for each partition, and ends when the pipe does. None of them has to end
# before that, but where the topics are drained; when one does, the run ends in order.
pipe_with_kcat() {
    local ended code failed=0 pipe said line
    local -A partition=()
    stopping=''
    trap stopping=yes TERM
    trap 'kill -TERM 0' INT # what runs in the background ignores INT
    exec {said}> >(tell >&2)
    for line in "${feeds[@]}"; do
        read -ra words <<<"$line"
        feed_partition "${words[@]}" 2>&"$said" &
        partition[$!]="partition ${words[1]} of ${words[0]}"
    done
    pipe {said}>&- &
    pipe=$!
    exec {said}>&-
    while ended='' && wait -n -p ended; code=$?; [[ $ended != "$pipe" ]]; do
        [[ $ended && ! $stopping ]] || continue
        [[ $code -ne 0 || $drain != --drain ]] || continue
        printf 'run: kcat, which read %s, ended with status %s\n' "${partition[$ended]}" "$code" >&2
        failed=3
        kill -TERM 0
    done
    stopping=yes
    kill -TERM 0
    wait
    return $((failed ? failed : code))
}
