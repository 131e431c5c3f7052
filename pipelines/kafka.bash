# What common.bash needs to read topics: run --kafka BROKER. For each partition there is one kcat that
# writes to a FIFO of its own; they and the filters are one process group, which lives and ends as one.
#
# shellcheck shell=bash

sorry() {
    printf 'run: %s\n' "$1" >&2
    exit 3
}

# Runs kcat for an answer. Where that fails, its last line says why.
ask() {
    local answer
    answer=$(kcat -b "$kafka" -m 10 "$@" 2>&1) || {
        answer=${answer##*$'\n'}
        sorry "kcat: ${answer#% }"
    }
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

# A kcat with the options, flushed behind each message. Where it fails, what it wrote to stays open until
# the run is stopped: the end would be taken for that of the topic, and all that waits be let go of.
# An idle kcat would not notice that everybody else is gone, so it goes with who has started it.
feed() {
    local code
    setpriv --pdeathsig KILL stdbuf -oL kcat -b "$kafka" -f "$format" "$@" && return
    code=$?
    sleep infinity &
    return "$code"
}

# What there is, between the lines that say so: else nobody could tell the end from a death.
catch_up() {
    echo "catching-up"
    (feed -e "$@") && echo "caught-up"
}

# feed_partition STREAM PARTITION OPTION...: a table is read first, and whole when what was there has
# come; what comes twice behind that is dropped.
feed_partition() {
    local fifo=$fifos/$1.$2 end
    end=$(end_of "$4" "$2")
    shift 2
    if [[ $drain == --drain ]]; then
        catch_up "$@" >"$fifo"
    elif [[ $end ]]; then
        { catch_up "$@" && feed "$@" -o "$end"; } >"$fifo"
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

# Whether the pipe ends within half a second: then a kcat that failed had nobody to write to.
pipe_ends() {
    local try
    for ((try = 0; try < 10; try++)); do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.05
    done
    return 1
}

# Starts a kcat for each partition, remembered in $partition by its process.
start_feeds() {
    local said line words
    exec {said}> >(tell >&2)
    for line in "${feeds[@]}"; do
        read -ra words <<<"$line"
        feed_partition "${words[@]}" 2>&"$said" &
        partition[$!]="partition ${words[1]} of ${words[0]}"
    done
    exec {said}>&-
}

# Until the pipe ends: a signal does not reach who is just being made, so kcats are asked again. Whoever
# waits at a FIFO for one that has ended meets somebody, and then the end; but where the end has a
# meaning, all are asked again, who then end at once.
insist() {
    local fifo met try
    trap '' TERM
    for ((try = 1; ; try++)); do
        kill -0 "$pipe" 2>/dev/null || return
        kill -TERM "${!partition[@]}" 2>/dev/null
        if [[ $drain == --drain ]]; then
            ((try % 40)) || kill -TERM 0
        else
            for fifo in "$fifos"/*; do exec {met}<>"$fifo" && exec {met}>&-; done 2>/dev/null
        fi
        sleep 0.1
    done
}

stop() {
    if [[ $pipe && ! $stopping ]]; then insist & fi
    stopping=yes
}

# Runs `pipe` with a kcat for each partition, and ends when the pipe does. None of them has to end
# before that, but where the topics are drained; when one does, the run ends in order.
pipe_with_kcat() {
    local ended code failed=0 pipe='' stopping=''
    local -A partition=()
    trap stop TERM
    trap 'kill -TERM 0' INT # what runs in the background ignores INT
    start_feeds
    (trap : TERM && pipe) &
    pipe=$!
    if [[ $stopping ]]; then insist & fi
    while ended='' && wait -n -p ended; code=$?; [[ $ended != "$pipe" ]]; do
        if [[ ! $ended ]]; then # a signal came
            kill -0 "$pipe" 2>/dev/null && continue
            wait "$pipe"
            code=$?
            break
        fi
        [[ ${partition[$ended]-} && ! $stopping && ($code -ne 0 || $drain != --drain) ]] || continue
        ! pipe_ends "$pipe" || continue
        printf 'run: the kcat of %s ended with status %s\n' "${partition[$ended]}" "$code" >&2
        failed=3
        kill -TERM 0
    done
    stopping=yes
    kill -TERM 0
    wait
    return $((code ? code : failed))
}
