# Pipes that are fed by the test and asked to end, for live.bats and live-postgres.bats.
# shellcheck shell=bash disable=SC2016 # what is polled for stands in quotes

# Seconds after 2026-01-01T00:00:00Z, with an id that is the same number.
hits() { # SECOND...
    local second
    for second; do printf '{"id":"%d","at":%d}\n' "$second" $((1767225600 + second)); done
}

# Begins the pipeline of COMMAND as $job. Its messages are in `err`, its statuses will be in
# `statuses`.
begin() {
    rm -f statuses
    (set +e; eval "$1; "'echo "${PIPESTATUS[@]}" >statuses') 2>err 3>&- 7>&- 8>&- 9>&- &
    job=$!
}

# The same, of one that reads the FIFO `in`, which is descriptor 7 here.
begin_pipe() {
    rm -f in
    mkfifo in
    begin "$1"
    exec 7>in
}

finish() {
    exec 7>&-
    wait "$job" || true
}

# The process of job $job that is called NAME.
process() {
    cat /proc/[0-9]*/stat 2>/dev/null |
        awk -v parent="$job" -v name="($1)" '$2 == name && $4 == parent { print $1; exit }'
}

clock_ms() {
    date +%s%3N
}

# Waits for $job, which was asked to end, and says if that took longer than five seconds.
ends_in_time() {
    local since
    since=$(clock_ms)
    poll '! kill -0 "$job" 2>/dev/null || [[ $(<"/proc/$job/stat") == *") Z "* ]]'
    (($(clock_ms) - since < 5000)) || { echo "took $(($(clock_ms) - since)) ms"; return 1; }
    status=0
    wait "$job" || status=$?
}
