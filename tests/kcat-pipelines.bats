#!/usr/bin/env bats
# Pipelines over topics, with a kcat that reads files (tests/kcat). tests/kafka has a real broker.
# shellcheck disable=SC2016 # conditions for poll

load common

first_touch=$root/pipelines/first-touch

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    export PATH="$root/tests/kcat:$PATH" TOPICS=$PWD/topics
    mkdir topics shop
    for stream in customer campaign event sale_order; do touch "topics/$stream."{0,1}; done
    put customer 0 '{"customer_id":"c1","segment":"Loyal","acquisition_channel":"search"}'
    put customer 1 '{"customer_id":"c2","segment":"New","acquisition_channel":"social"}'
    put campaign 1 '{"id":7,"name":"Winter sale"}'
    put event 0 '{"event_id":"e1","customer_id":"c1","event_type":"view","event_ts":1766000000000}' \
        '{"event_id":"e2","customer_id":"c1","event_type":"click","campaign_id":"7","event_ts":1767225600000}'
    put event 1 '{"event_id":"e3","customer_id":"c1","event_type":"view","event_ts":1767312000000}'
    put sale_order 0 '{"order_id":"o1","customer_id":"c1","total_amount":12.34,"order_ts":1767484800000}'
    put sale_order 1 '{"order_id":"o3","customer_id":"c2","total_amount":5,"order_ts":1767484801000}'
}

# put TOPIC PARTITION PAYLOAD...: messages behind those that are there.
put() {
    local file=topics/$1.$2 payload
    for payload in "${@:3}"; do
        printf '%s %s %s 1 -1 %s %s\n' "$1" "$2" "$(wc -l < "$file")" "${#payload}" "$payload" >> "$file"
    done
}

orders() {
    sqlite3 mart.db 'SELECT order_id, first_touch_event_id, customer_segment FROM mart_order_first_touch
        ORDER BY 1' 2> /dev/null
}

# What is left of a run: its processes have its folder as theirs, or its FIFOs open.
left() {
    local process
    for process in /proc/[0-9]*; do
        [[ $(readlink "$process/cwd") == "$PWD" && ${process##*/} != "$$" ]] || continue
        case $(tr '\0' ' ' 2> /dev/null < "$process/cmdline") in
        *--kafka* | ft-* | *kcat/kcat*) printf '%s\n' "$process" ;;
        esac
    done
}

# Starts a live run over the topics, in the background.
start() {
    "$first_touch/kafka" broker --state state --sink sqlite:mart.db "$@" 3>&- > said 2>&1 &
    run=$!
}

ends() {
    local status=0
    wait "$run" || status=$?
    [ "$status" -eq "$1" ] || { echo "status $status" && cat said && false; }
    poll '[[ ! $(left) ]]'
}

# By each one event and one order in every partition, the watermark passes what is there.
go_on_in_time() {
    local partition
    for partition in 0 1; do
        put event "$partition" '{"event_id":"x","customer_id":"c9","event_type":"view","event_ts":'"$1"'}'
        put sale_order "$partition" '{"order_id":"x'"$partition$1"'","customer_id":"c8","total_amount":1,"order_ts":'"$1"'}'
    done
}

@test "topics that are drained give the mart that the same records in files give" {
    for stream in customer campaign event sale_order; do
        sed 's/^[^{]*//' "topics/$stream.0" "topics/$stream.1" > "shop/$stream.ndjson"
    done
    "$first_touch/kafka" broker --drain --sink sqlite:mart.db
    "$first_touch/run" --input shop --sink sqlite:other.db
    for db in mart other; do
        sqlite3 "$db.db" 'SELECT * FROM mart_order_first_touch ORDER BY 1' | cut -d '|' -f 1-11 > "$db"
    done
    diff -u other mart
    is "$(orders)" 'o1|e2|Loyal
o3||New'
    [[ ! $(left) ]]
}

@test "a kcat that dies while topics are drained lets nothing drain" {
    touch topics/fail
    start --drain
    ends 3
    grep -qE '^run: kcat: ERROR: Topic [a-z_]+ \[[01]\] error: gone$' said
    is "$(orders)" ''
    rm topics/fail
    start --drain
    ends 0
    is "$(orders)" 'o1|e2|Loyal
o3||New'
}

@test "a live run answers as messages come, ends in order by SIGTERM, and goes on" {
    start
    go_on_in_time 1767500000000
    poll '[[ $(orders) == "o1|e2|Loyal
o3||New" ]]'
    kill "$run"
    ends 0
    put sale_order 0 '{"order_id":"o4","customer_id":"c1","total_amount":1,"order_ts":1767500000001}'
    start
    go_on_in_time 1767600000000
    poll '[[ $(orders) == *"o4|e2|Loyal"* ]]'
    kill "$run"
    ends 0
    is "$(orders | grep -c '^o')" 3
    [ ! -s said ] || { cat said && false; }
    "$first_touch/kafka" broker --state state --sink sqlite:mart.db --drain
    is "$(sqlite3 mart.db 'SELECT count(*), count(DISTINCT order_id) FROM mart_order_first_touch')" '7|7'
    poll '[[ ! $(left) ]]'
}

@test "a run can be asked to end at any moment" {
    for delay in 0.02 0.05 0.08 0.11 0.14 0.17 0.2 0.25 0.3 0.4 0.5; do
        start
        sleep "$delay"
        kill "$run"
        status=0
        wait "$run" || status=$?
        [[ $status == 0 || $status == 143 ]]
        poll '[[ ! $(left) ]]'
    done
}

@test "rows of a table that come while the run is live count for what comes behind them" {
    start
    poll '[ -e state/fifos/event.0 ]'
    go_on_in_time 1767500000000
    poll '[[ $(orders) == *o3* ]]'
    put customer 0 '{"customer_id":"c1","segment":"Changed"}'
    sleep 0.5
    put sale_order 1 '{"order_id":"o5","customer_id":"c1","total_amount":1,"order_ts":1767500000001}'
    go_on_in_time 1767600000000
    poll '[[ $(orders) == *"o5|e2|Changed"* ]]'
    kill "$run"
    ends 0
}

@test "with --idle a partition that says nothing is not waited for" {
    start --idle 300ms
    put event 0 '{"event_id":"x","customer_id":"c9","event_type":"view","event_ts":1767500000000}'
    poll '[[ $(orders) == "o1|e2|Loyal
o3||New" ]]'
    kill "$run"
    ends 0
}

@test "when a kcat fails the run ends in order with status 3, and says which and why" {
    start
    go_on_in_time 1767500000000
    poll '[[ $(orders) == *o3* ]]'
    touch topics/fail
    ends 3
    grep -qE '^run: kcat: ERROR: Topic [a-z_]+ \[[01]\] error: gone$' said
    grep -qE '^run: the kcat of partition [01] of [a-z_]+ ended with status 1$' said
    rm topics/fail
    go_on_in_time 1767600000000
    "$first_touch/kafka" broker --state state --sink sqlite:mart.db --drain
    is "$(sqlite3 mart.db 'SELECT count(*), count(DISTINCT order_id) FROM mart_order_first_touch')" '6|6'
}

@test "when ft-ingest refuses a message the run has its status, and no kcat is blamed" {
    printf 'nonsense\n' >> topics/event.1
    printf 'nonsense 1 2\n' >> topics/event.1
    start
    ends 2
    grep -q 'event.1: byte .*: here no message begins' said
    run -1 grep 'run: the kcat' said
}

@test "a run that is killed leaves nobody behind" {
    start
    poll '[[ $(left | wc -l) -gt 10 ]]'
    kill -KILL "$run"
    wait "$run" || true
    poll '[[ ! $(left) ]]'
    start --drain
    ends 0
}

@test "a run whose job's shell is killed leaves nobody behind either" {
    start
    poll '[[ $(left | wc -l) -gt 10 ]]'
    kill -KILL "$(ps -o pid=,pgid= --ppid "$run" | awk '$1 == $2 { print $1 }')"
    ends 137
}

@test "a broker that is away, and a topic that is not there, are said before anything runs" {
    touch topics/away
    start
    ends 3
    is "$(cat said)" 'run: kcat: ERROR: nobody is there'
    rm topics/away topics/campaign.0 topics/campaign.1
    start
    ends 3
    is "$(cat said)" 'run: broker has no topic campaign, of which stream campaign is to be'
}

@test "options that mean nothing together are refused" {
    for options in '--drain' '--idle 1s' '--kafka broker --no-drain' '--kafka'; do
        # shellcheck disable=SC2086
        run -2 --separate-stderr "$first_touch/run" $options
    done
    run -0 "$first_touch/run" --help
    [[ $output == *--kafka* && $output == *--idle* && $output == *--drain* ]]
}
