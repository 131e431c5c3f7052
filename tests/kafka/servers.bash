# What tests between a real Kafka and a real PostgreSQL share. Both are started once for a file; each
# test has a folder, a database and topics of its own, whose names end in $n.
#
#     make_run 'FILTER ... |'    a pipeline ./run with the streams hit (id, at, path; four partitions)
#                                and page (a table: path, title), with what is between the ends
#     start_run OPTION...        it, live, with its words in the files err
#     end_run                    SIGTERM; it has to end in order
#
# shellcheck shell=bash
load ../common
load ../postgres
kafka=$root/tests/kafka

setup_file() {
    export broker n=''
    broker=$("$kafka/broker" start "$BATS_FILE_TMPDIR/broker" 3>&-)
    make_postgres
}

teardown_file() {
    "$kafka/broker" kill "$BATS_FILE_TMPDIR/broker"
    stop_postgres
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    n=$BATS_TEST_NUMBER run_pid=''
    sql "CREATE DATABASE test_$n"
    export PGDATABASE=test_$n
    sink=${target%/*}/test_$n
}

teardown() {
    [[ ! $run_pid ]] || kill -KILL "$run_pid" 2>/dev/null || :
    ! [[ -s err ]] || sed 's/^/err: /' err # to be seen when a test has failed
}

server() {
    "$kafka/broker" "$1" "$BATS_FILE_TMPDIR/broker" "${@:2}" 3>&-
}

make_run() {
    cat >contract.json <<END
{ "streams": {
    "hit": { "topic": "hit-$n", "time": { "column": "at", "unit": "ms" }, "lag": "0s", "columns": [
        { "name": "id", "type": "int" }, { "name": "at", "type": "timestamp" },
        { "name": "path", "type": "string" } ] },
    "page": { "topic": "page-$n", "key": "path", "columns": [
        { "name": "path", "type": "string" }, { "name": "title", "type": "string" } ] } } }
END
    cat >run <<END
#!/usr/bin/env bash
usage='usage: run'
. "$root/pipelines/common.bash"
input=. sink=$sink
streams=(${streams-hit})
take_options -- "\$@"
pipe() {
    ft-ingest --splice "\${ingest[@]}" "\${sources[@]}" | ${1-} ft-sink "\$sink"
    leftmost "\${PIPESTATUS[@]}"
}
run_pipe
END
    chmod +x run
    topics hit page
}

# Makes them, with four partitions.
topics() {
    local name
    for name; do
        poll "kcat -L -b $broker -t $name-$n | grep -q 'with 4 partitions:\$'"
    done
}

# Sends lines to PARTITION of TOPIC, with the options of kcat.
say() {
    kcat -P -b "$broker" -t "$1-$n" -p "$2" -X linger.ms=0 "${@:3}"
}

# hit ID [MS]: one, at ID seconds or when it is said.
hit() {
    printf '{"id":%d,"at":%d,"path":"/%d"}\n' "$1" "${2-$(($1 * 1000))}" $(($1 % 3))
}

hits() {
    local id
    for id; do hit "$id"; done
}

start_run() {
    ./run --kafka "$broker" --state state --epoch 1s "$@" >out 2>err 3>&- &
    run_pid=$!
}

# Waits for it, and has its status.
wait_run() {
    local pid=$run_pid
    run_pid=''
    wait "$pid"
}

end_run() {
    kill -TERM "$run_pid"
    wait_run
}

# What there was, to the end; nothing waits any longer.
drain_run() {
    ./run --kafka "$broker" --state state --drain "$@" >out 2>err
}

# The ids in table hit, in one line.
ids() {
    sql 'SELECT string_agg(id::text, $$ $$ ORDER BY id) FROM hit'
}

# Waits until table hit has those IDS.
poll_ids() {
    poll "[[ \$(ids 2>/dev/null) == '$1' ]]" || { echo "there are: $(ids)" && return 1; }
}
