# Pipes that run until somebody ends them: quiet streams, times in the future, and being asked to end
# at any place and in any situation.
# shellcheck disable=SC2016,SC2030,SC2031 # commands in quotes and variables of tests are meant so
load common
load live

table() { # DATABASE TABLE [COLUMNS]
    sqlite3 "$1" "SELECT ${3-*} FROM \"$2\" ORDER BY 1" 2>/dev/null
}

# ---- quiet streams ----

counts="ft-window --from hit --to count --tumble 10s --select 'window_start AS at, COUNT(*) AS hits'"

@test "a window of a stream that has fallen silent is closed by the clock, when that is asked for" {
    begin_pipe "ft-ingest --time at:s --idle 300ms --advance-when-idle --watermark-step 200ms hit=in |
        ft-window --from hit --to count --tumble 2s --select 'COUNT(*) AS hits' | ft-sink sqlite:m.db"
    hits 20 20 >&7
    poll '[ "$(table m.db count hits)" = 2 ]'
    hits 40 >&7 # and what comes then is on time
    poll '[ "$(table m.db count hits | paste -sd" ")" = "1 2" ]'
    finish
    [ "$(cat statuses)" = '0 0 0' ]
    [ "$(table m.db hit id)$(table m.db _rejected reason)" = '' ]
}

@test "without being asked, the clock closes no window" {
    begin_pipe "ft-ingest --time at:s --idle 100ms hit=in |
        ft-window --from hit --to count --tumble 1s --select 'COUNT(*) AS hits' | ft-sink - count >out"
    hits 20 20 >&7
    sleep 1.5
    [ ! -s out ]
    hits 21 >&7
    poll '[ -s out ]'
    [ "$(jq -c .hits out)" = 2 ]
    finish
}

@test "one source that is silent keeps the windows of all open until it counts as idle" {
    mkfifo quiet
    exec 8<>quiet
    begin_pipe "ft-ingest --time at:s --idle 700ms hit=in hit=quiet | $counts |
        ft-sink sqlite:m.db"
    hits 1 >&8
    hits 3 12 23 >&7
    poll '[ "$(table m.db count)" = "2026-01-01T00:00:00.000Z|2
2026-01-01T00:00:10.000Z|1" ]'
    hits 14 >&8 # its windows are gone, and that is said
    poll '[ "$(table m.db _rejected reason)" = late ]'
    exec 8<&-
    finish
}

@test "joins, too, go on when one of their streams is silent" {
    mkfifo quiet
    exec 8<>quiet
    begin_pipe "ft-ingest --time at:s --key hit=id --idle 300ms hit=in price=quiet |
        ft-join --from hit --with price --as-of --on id --take price | ft-sink sqlite:m.db hit"
    printf '{"id":"5","at":1767225601,"price":7}\n' >&8
    hits 5 6 >&7
    poll '[ "$(table m.db hit "id, price" | head -n 1)" = "5|7" ]'
    exec 8<&-
    finish
}

# ---- times in the future ----

@test "a time far ahead closes no window: the record is refused, those behind it are on time" {
    begin_pipe "ft-ingest --time at:s --max-future 1h hit=in | $counts | ft-sink sqlite:m.db"
    hits 1 >&7
    printf '{"id":"far","at":%d}\n' $(($(date +%s) + 7200)) >&7
    hits 2 3 >&7
    poll '[ "$(table m.db _rejected "reason, line" | sed "s/:.*|/|/")" = "future|2" ]'
    [ "$(table m.db count)" = '' ]
    hits 11 >&7
    poll '[ "$(table m.db count hits)" = 3 ]'
    finish
}

@test "a time ahead by less than that is taken, and moves the watermark" {
    begin_pipe "ft-ingest --time at:s --max-future 1h hit=in | $counts | ft-sink sqlite:m.db"
    hits 1 >&7
    printf '{"id":"near","at":%d}\n' $(($(date +%s) + 1800)) >&7
    poll '[ "$(table m.db count hits)" = 1 ]'
    hits 2 >&7
    poll '[ "$(table m.db _rejected reason)" = late ]'
    finish
}

# ---- asked to end ----

names='{"id":"1","name":"one"}
{"id":"2","name":"two"}'

# A pipe with state in every filter, whose one epoch ends when it is asked to end.
stateful() { # ft-ingest's options
    echo "ft-ingest --restore $(FT_STATE=state ft-sink --committed sqlite:m.db) --replayed $* \
            --epoch 1h --time at:s --lag 2s hit=in | tee seen |
        ft-clean --from hit --dedup id |
        ft-join --from hit --table name=names.ndjson --on id --take name |
        ft-window --from hit --keep --to count --tumble 10s \
            --select 'window_start AS at, COUNT(*) AS hits' |
        ft-sink sqlite:m.db hit count"
}

@test "a signal to any one filter of a pipe with state ends it, with all that was read committed" {
    printf '%s\n' "$names" >names.ndjson
    for signal in TERM INT; do
        for filter in ft-ingest ft-clean ft-join ft-window ft-sink; do
            rm -rf state m.db*
            export FT_STATE=state
            begin_pipe "$(stateful)"
            hits 1 2 3 3 12 >&7
            poll '[ "$(grep -c "\"hit\",\"_ts\"" seen)" = 5 ]'
            [ "$(table m.db hit)" = '' ]
            kill "-$signal" "$(process "$filter")"
            ends_in_time
            exec 7>&-
            [ "$(cat statuses err)" = '0 0 0 0 0 0' ]
            [ "$(table m.db hit 'id, name' | paste -sd' ')" = '1|one 2|two 3|' ]
            [ "$(ft-sink --committed sqlite:m.db)" = 1 ]
            # the next run has read the five, and knows the one that waited
            begin_pipe "$(stateful --drain)"
            hits 1 2 3 3 12 21 >&7
            finish
            [ "$(cat statuses err)" = '0 0 0 0 0 0' ]
            [ "$(grep -c '"hit","_ts"' seen)" = 1 ]
            [ "$(table m.db hit id | sort -n | paste -sd' ')" = '1 2 3 12 21' ]
            [ "$(table m.db count hits | paste -sd' ')" = '1 1 3' ]
        done
    done
}

@test "a signal that was passed on is not the second one" {
    echo >names.ndjson
    export FT_STATE=state
    begin_pipe "$(stateful | sed 's/tee seen/{ tee seen; sleep 1; }/')"
    hits 1 >&7
    poll '[ "$(grep -c "\"hit\",\"_ts\"" seen)" = 1 ]'
    kill -TERM "$(process ft-window)"
    sleep 0.4
    kill -TERM "$(process ft-sink)" "$(process ft-clean)"
    ends_in_time
    exec 7>&-
    [ "$(cat statuses err)" = '0 0 0 0 0 0' ]
}

# A filter with state, whose process is $job and who is asked to end.
asked_alone() {
    { goes_on null && tail -n +2 <<<"$begin"; } >head.ndjson
    mkfifo alone
    (exec ft-clean --state state <alone >out 2>err 3>&- 8>&-) &
    job=$!
    exec 8>alone
    cat head.ndjson >&8
    echo '{"_stream":"_schema","stream":"s","kind":"append"}' >&8
    echo '{"_stream":"s","a":1}' >&8
    poll 'grep -q "\"a\":1" out'
    kill -TERM "$job"
    sleep 0.2
    kill -0 "$job"
    exec 8>&-
    wait "$job" || true
    rm alone
}

@test "nobody is asked for being named in a lock that nobody holds, or that is not of a filter" {
    make_state
    mkdir -m 700 state/0-ft-ingest
    sleep 100 3>&- &
    local other=$!
    echo -n "$other" >state/0-ft-ingest/lock
    asked_alone
    kill -0 "$other"
    kill -KILL "$other"
    (flock 9; echo -n "$BASHPID" >state/0-ft-ingest/lock; exec sleep 100) \
        9<>state/0-ft-ingest/lock 3>&- &
    other=$!
    poll '[ "$(cat state/0-ft-ingest/lock)" = "$other" ]'
    asked_alone
    kill -0 "$other"
    kill -KILL "$other"
}

# A shop that a run with small epochs is busy with for some seconds.
busy_input() {
    case $1 in
    first-touch) shop --events 200000 --orders 20000 --customers 1500 --campaigns 20 shop ;;
    *) "random-$1" 7 shop 30000 ;;
    esac
}

tables_of() { # DATABASE
    sqlite3 "$1" "SELECT name FROM sqlite_master
        WHERE type = 'table' AND name NOT LIKE '\_firsttouch%' ESCAPE '\' ORDER BY 1" |
        while read -r name; do
            echo "$name"
            sqlite3 "$1" "SELECT * FROM \"$name\"" | sort
        done
}

# PIPELINE, run over much input and asked to end at the process that the command WHOM prints; then
# run again. What comes out is what comes out of a run that nobody ends.
ends_while_busy() {
    local run=$root/pipelines/$1/run
    mkdir shop
    export SOURCE_DATE_EPOCH=0
    busy_input "$1"
    "$run" --input shop --sink sqlite:whole.db
    (exec "$run" --input shop --state state --epoch 2000r 2>err 3>&-) &
    job=$!
    poll '[ -s state/committed ]'
    kill -TERM "$(eval "$2")"
    ends_in_time
    [ "$status" = 0 ]
    [ ! -s err ]
    tables_of whole.db >expected
    tables_of mart.db >part
    [ "$(wc -l <part)" -lt "$(wc -l <expected)" ]
    "$run" --input shop --state state --epoch 20000r
    tables_of mart.db | diff -q expected -
}

# The process called NAME of the pipe that run has begun.
filter_of_run() {
    local group
    group=$(cut -d ' ' -f 1 "/proc/$job/task/$job/children")
    cat /proc/[0-9]*/stat 2>/dev/null | awk -v group="$group" -v name="($1)" \
        '$2 == name && $5 == group { print $1; exit }'
}

@test "first-touch ends in time when run is asked to, at full speed, and goes on" {
    ends_while_busy first-touch 'echo "$job"'
}

@test "clickstream ends in time when run is asked to, at full speed, and goes on" {
    ends_while_busy clickstream 'echo "$job"'
}

@test "daily-facts ends in time when run is asked to, at full speed, and goes on" {
    ends_while_busy daily-facts 'echo "$job"'
}

@test "a busy pipe ends in time when a filter in the middle of it is asked to, and goes on" {
    ends_while_busy first-touch 'filter_of_run ft-firsttouch'
}

@test "a busy pipe ends in time when its sink is asked to, and goes on" {
    ends_while_busy daily-facts 'filter_of_run ft-sink'
}

@test "a pipe that waits for a slow reader ends in time, with all that is in it" {
    awk 'BEGIN { for (i = 0; i < 100000; i++)
        printf "{\"id\":\"%d\",\"at\":%d}\n", i, 1767225600 + i }' >hit.ndjson
    export FT_STATE=state
    cat >slowly <<'END'
#!/bin/bash
trap '' TERM
while head -c 65536 >piece && [[ -s piece ]]; do cat piece; sleep 0.04; done
END
    chmod +x slowly
    begin "ft-ingest --restore 0 --epoch 200ms --time at:s hit=hit.ndjson | ./slowly |
        ft-sink sqlite:m.db"
    poll '[ "$(table m.db hit "count(*)")" -gt 0 ]'
    kill -TERM "$(process ft-ingest)"
    ends_in_time
    [ "$(cat statuses err)" = '0 0 0' ]
    count=$(table m.db hit 'count(*)')
    [ "$count" -lt 100000 ]
    ft-ingest --restore "$(ft-sink --committed sqlite:m.db)" --time at:s hit=hit.ndjson |
        ft-sink sqlite:m.db
    [ "$(table m.db hit 'count(*), count(DISTINCT id)')" = '100000|100000' ]
}

@test "every pipeline that follows quiet files ends in time, with what was read committed" {
    for pipeline in first-touch clickstream daily-facts; do
        rm -rf shop state mart.db*
        mkdir shop
        case $pipeline in
        first-touch) shop --events 100 --orders 20 --customers 9 --campaigns 3 shop ;;
        *) "random-$pipeline" 3 shop ;;
        esac
        (exec "$root/pipelines/$pipeline/run" --input shop --state state --follow --epoch 200ms \
            2>err 3>&-) &
        job=$!
        poll '[ -s state/committed ]'
        kill -TERM "$job"
        ends_in_time
        [ "$status" = 0 ]
        [ ! -s err ]
    done
}

# ---- a database that is locked ----

# Somebody else writes into m.db, until the descriptor 9 is closed.
lock_database() {
    mkfifo sql
    sqlite3 m.db <sql >locked 3>&- &
    exec 9>sql
    echo 'BEGIN IMMEDIATE; SELECT 1;' >&9
    poll '[ -s locked ]'
}

unlock_database() {
    exec 9>&-
}

locked_pipe() {
    export FT_STATE=state
    begin_pipe "ft-ingest --restore 0 --replayed --epoch 100ms --time at:s hit=in | tee seen |
        ft-clean | ft-sink sqlite:m.db"
    hits 1 >&7
    poll '[ "$(table m.db hit id)" = 1 ]'
    lock_database
    hits 2 >&7
    poll 'grep -q "\"epoch\":2" seen'
    sleep 0.2 # it waits for the lock
}

@test "a sink that waits for a locked database gives up in time, and nothing is lost" {
    locked_pipe
    kill -TERM "$(process ft-ingest)" # which tells it
    ends_in_time
    exec 7>&-
    unlock_database
    [[ $(cat statuses) == *' 3' ]]
    [ "$(cat err)" = 'ft-sink: sqlite:m.db: cannot begin a transaction: database is locked' ]
    begin_pipe "ft-ingest --restore $(ft-sink --committed sqlite:m.db) --replayed --time at:s hit=in |
        ft-clean | ft-sink sqlite:m.db"
    hits 1 2 3 >&7
    finish
    [ "$(table m.db hit id | paste -sd' ')" = '1 2 3' ]
}

@test "a sink that waits for a locked database commits all when the lock goes soon enough" {
    locked_pipe
    kill -TERM "$(process ft-clean)"
    sleep 0.5
    unlock_database
    ends_in_time
    exec 7>&-
    [ "$(cat statuses err)" = '0 0 0 0' ]
    [ "$(table m.db hit id | paste -sd' ')" = '1 2' ]
}
