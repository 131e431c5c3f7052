# SIGTERM, SIGINT, and readers that go away while nothing happens.
# shellcheck disable=SC2016,SC2030,SC2031 # commands in quotes; subshells are meant
load common

# ft-ingest decides itself when its input ends
filters='ft-clean ft-firsttouch ft-join ft-window ft-sink'
one_order=0.4 # seconds after which a second signal is one more

# The command of a filter, for `exec`.
command_of() {
    case $1 in
    ft-clean) echo ft-clean ;;
    ft-firsttouch) echo ft-firsttouch --touches event --conversions sale_order --by customer_id \
        --window 1h --take event_id ;;
    ft-join) echo ft-join --from sale_order --with customer --on customer_id --take segment ;;
    ft-window) echo ft-window --from sale_order --tumble 1s --select 'COUNT(*)AS"orders"' ;;
    ft-sink) echo ft-sink - sale_order ;;
    esac
}

# What is there when the signal comes, and what is still to come.
first_half="$begin"'
{"_stream":"_schema","stream":"customer","kind":"upsert","key":["customer_id"]}
{"_stream":"_schema","stream":"event","kind":"append","key":["event_id"],"time":"at"}
{"_stream":"_schema","stream":"sale_order","kind":"append","key":["order_id"],"time":"at"}
{"_stream":"customer","customer_id":"c1","segment":"Loyal"}
{"_stream":"event","_ts":1000,"event_id":"e1","customer_id":"c1","at":1000}
{"_stream":"sale_order","_ts":2000,"order_id":"o1","customer_id":"c1","at":2000}'
second_half='{"_stream":"event","_ts":2500,"event_id":"e2","customer_id":"c1","at":2500}
{"_stream":"sale_order","_ts":3000,"order_id":"o2","customer_id":"c1","at":3000}
'"$end"

# Starts FILTER on the FIFO `in`, open as descriptor 7, and waits until it has read the first half.
# Its output is the file `out`, its process $pid.
begin_filter() {
    rm -f in out
    mkfifo in
    # shellcheck disable=SC2046 # words
    (exec $(command_of "$1") <in >out 2>err 3>&-) &
    pid=$!
    exec 7>in
    printf '%s\n' "$first_half" >&7
    poll '[ -s out ]'
}

finish_filter() {
    printf '%s\n' "$second_half" >&7
    exec 7>&-
    status=0
    wait "$pid" || status=$?
}

# Whether process $1 runs, as a zombie does not.
runs() {
    [ -e "/proc/$1/stat" ] && [[ $(<"/proc/$1/stat") != *') Z '* ]]
}

ends_by() { # STATUS
    poll '! runs "$pid"'
    exec 7>&-
    status=0
    wait "$pid" || status=$?
    [ "$status" -eq "$1" ]
}

# ---- filters that end with their input ----

@test "the first SIGTERM or SIGINT leaves a filter to end with its input, all of it" {
    for filter in $filters; do
        # shellcheck disable=SC2046,SC2091
        printf '%s\n' "$first_half" "$second_half" | $(command_of "$filter") >expected
        for signal in TERM INT; do
            begin_filter "$filter"
            kill "-$signal" "$pid"
            finish_filter
            [ "$status" -eq 0 ]
            diff expected out
            [ ! -s err ]
        done
    done
}

@test "ft-sink commits what comes behind the first signal" {
    mkfifo in
    (exec ft-sink sqlite:mart.db sale_order <in 3>&-) &
    pid=$!
    exec 7>in
    printf '%s\n' "$first_half" '{"_stream":"_barrier","epoch":1}' >&7
    poll '[ "$(sqlite3 mart.db "SELECT count(*) FROM sale_order" 2>/dev/null)" = 1 ]'
    kill -TERM "$pid"
    printf '%s\n' "${second_half/'"epoch":1'/'"epoch":2'}" >&7
    exec 7>&-
    wait "$pid"
    [ "$(sqlite3 mart.db 'SELECT group_concat(order_id) FROM sale_order')" = o1,o2 ]
}

@test "a second signal ends a filter at once, by that signal" {
    for filter in $filters; do
        for signals in 'TERM TERM 143' 'INT TERM 143' 'TERM INT 130' 'INT INT 130'; do
            read -r first second status_then <<<"$signals"
            begin_filter "$filter"
            kill "-$first" "$pid"
            sleep "$one_order"
            runs "$pid"
            kill "-$second" "$pid"
            ends_by "$status_then"
            [ ! -s err ]
        done
    done
}

@test "two signals within moments are one: timeout(1) sends it to the process and to its group" {
    begin_filter ft-join
    kill -TERM "$pid" "$pid"
    kill -TERM "$pid" "$pid"
    finish_filter
    [ "$status" -eq 0 ]
    [ "$(tail -n 1 out)" = '{"_stream":"_end"}' ]
}

@test "signals that were ignored at the start are heard all the same" {
    trap '' TERM INT
    begin_filter ft-join
    trap - TERM INT
    kill -TERM "$pid"
    sleep "$one_order"
    runs "$pid"
    kill -TERM "$pid"
    ends_by 143
}

# ---- ft-ingest, which decides when the input ends ----

# Starts ft-ingest with ARGUMENTs on the FIFO `in`, as begin_filter does.
begin_ingest() {
    rm -f in out
    mkfifo in
    (exec ft-ingest "$@" >out 2>err 3>&-) &
    pid=$!
    exec 7>in
}

hit() { # SECOND...
    printf '{"at":17672256%02d000}\n' "$@"
}

@test "SIGTERM or SIGINT makes ft-ingest close the epoch and end, and nothing fires for that" {
    for signal in TERM INT; do
        begin_ingest --time at:ms --lag 10s hit=in
        hit 1 12 >&7
        poll 'grep -q _barrier out'
        hit 23 >&7
        printf '{"at":17672256' >&7
        poll '[ "$(grep -c "\"hit\",\"_ts\"" out)" = 3 ]'
        kill "-$signal" "$pid"
        ends_by 0
        grep -v _schema out | jq -r '[._stream, ._ts // .epoch // ""] | join(" ")' >lines
        diff - lines <<'LINES'
_begin 
hit 1767225601000
_watermark 1767225590999
hit 1767225612000
_watermark 1767225601999
_barrier 1
hit 1767225623000
_watermark 1767225612999
_barrier 2
_end 
LINES
        [ ! -s err ]
    done
}

@test "ft-ingest hears a signal while it waits for the first line of a table" {
    begin_ingest hit=in
    poll 'ls -l /proc/$pid/fd | grep -q eventfd'
    kill -TERM "$pid"
    ends_by 0
    [ "$(tail -n 1 out)" = '{"_stream":"_end"}' ]
}

@test "a second signal ends ft-ingest at once, also when nobody reads what it writes" {
    mkfifo slow
    seq -f '{"at":1767225%06.0f}' 100000 >hit.ndjson
    (exec ft-ingest --time at:ms hit=hit.ndjson >slow 2>err 3>&-) &
    pid=$!
    exec 7<slow
    poll '[[ $(<"/proc/$pid/stat") == *"(ft-ingest) S "* ]]' # the pipe is full
    kill -TERM "$pid"
    sleep "$one_order"
    runs "$pid"
    kill -TERM "$pid"
    ends_by 143
}

@test "files without state: a signal ends the run by its status, and the tables stay as they were" {
    mkfifo slow
    seq -f '{"at":1767225%06.0f}' 100000 >hit.ndjson
    head -n 3 hit.ndjson >few.ndjson
    ft-ingest --time at:ms hit=few.ndjson | ft-sink sqlite:mart.db
    (exec ft-ingest --time at:ms hit=hit.ndjson >slow 2>err 3>&-) &
    pid=$!
    exec 7<slow
    head -c 1000000 <&7 >first
    kill -TERM "$pid"
    status=0
    cat first - <&7 | ft-sink sqlite:mart.db 2>sink.err || status=$?
    [ "$status" -eq 4 ]
    [ ! -s sink.err ] # who failed has spoken
    ends_by 143
    [ "$(cat err)" = 'ft-ingest: stopped by a signal: nothing is committed' ]
    [ "$(sqlite3 mart.db 'SELECT count(*) FROM hit')" = 3 ]
}

@test "files with state: what a signal left to be read, and nothing else, is read by the next run" {
    mkfifo slow
    seq -f '{"at":1767225%06.0f}' 100000 >hit.ndjson
    (exec ft-ingest --state state --restore 0 --epoch 1000r --time at:ms hit=hit.ndjson >slow 2>err 3>&-) &
    pid=$!
    exec 7<slow
    head -c 1000000 <&7 >first
    kill -TERM "$pid"
    cat <&7 >>first
    ends_by 0
    tail -n 2 first >last
    [ "$(sed -n 's/.*"_end".*/end/p' last)" = end ]
    epoch=$(sed -n 's/.*"_barrier","epoch":\([0-9]*\).*/\1/p' last)
    ft-ingest --state state --restore "$epoch" --epoch 1000r --time at:ms hit=hit.ndjson >second
    records() { grep -h '"hit","_ts"' "$@"; }
    [ "$(records first | wc -l)" -gt 1000 ]
    [ "$(records second | wc -l)" -gt 1000 ]
    diff <(records first second | jq -c .at) <(jq -c .at hit.ndjson)
    run ! grep -q 9007199254740991 first
    grep -q 9007199254740991 second
}

@test "a recording that is being made ends in order; one that is a file does not" {
    begin_ingest --tagged in
    printf '%s\n' "$first_half" >&7
    poll 'grep -q o1 out'
    kill -TERM "$pid"
    ends_by 0
    [ "$(tail -n 1 out)" = '{"_stream":"_end"}' ]
    run ! grep -q 9007199254740991 out
    mkfifo slow
    { printf '%s\n' "$first_half" && yes "${first_half##*$'\n'}" | head -n 100000; } >recorded
    (exec ft-ingest --tagged recorded >slow 3>&-) &
    pid=$!
    exec 7<slow
    head -c 1000000 <&7 >first
    kill -TERM "$pid"
    ends_by 143
}

# ---- readers that go away ----

# Runs the command, and adds its name and status to the file `ended`.
told() {
    local status=0
    "$@" 2>>err || status=$?
    echo "$1 $status" >>ended
}

@test "an idle filter whose reader goes away ends at once by SIGPIPE, without a line more of input" {
    for filter in $filters; do
        rm -f in ended
        mkfifo in
        # shellcheck disable=SC2046
        { told $(command_of "$filter") <in | head -n 1 >first; } 3>&- &
        exec 7>in
        (printf '%s\n' "$first_half" >&7) || true # it may be gone by the second line
        poll '[ -s ended ]'
        [ "$(cat ended)" = "$filter 141" ]
        [ -s first ]
        [ ! -s err ]
        exec 7>&-
        wait
    done
}

@test "an idle pipe whose sink was killed ends by itself, from its end to its begin" {
    mkfifo in
    echo '{"a":1,"b":2}' >table.ndjson
    {
        told ft-ingest --time at:ms --lag 1s hit=in | told ft-clean |
            told ft-join --from hit --table table=table.ndjson --on a --take b |
            (echo $BASHPID >pid && exec ft-sink - hit >out)
    } 3>&- &
    job=$!
    exec 7>in
    printf '{"at":1767225600000,"a":1}\n' >&7
    poll '[ -s pid ] && [ -s out ]'
    kill -KILL "$(cat pid)"
    poll '[ "$(wc -l <ended)" = 3 ]'
    printf '%s\n' 'ft-join 141' 'ft-clean 141' 'ft-ingest 141' | diff - ended
    exec 7>&-
    wait "$job" || true
}

@test "a recording that is being replayed ends when its reader goes away" {
    mkfifo in
    { told ft-ingest --tagged in | head -n 1 >first; } 3>&- &
    exec 7>in
    (printf '%s\n' "$first_half" >&7) || true
    poll '[ -s ended ]'
    [ "$(cat ended)" = 'ft-ingest 141' ]
    exec 7>&-
    wait
}

@test "a filter that writes nothing to standard output does not mind who reads it" {
    mkfifo in
    { told ft-sink sqlite:mart.db sale_order <in | true; } 3>&- &
    exec 7>in
    printf '%s\n' "$first_half" >&7
    sleep 0.1
    printf '%s\n' "$second_half" >&7
    exec 7>&-
    poll '[ -s ended ]'
    [ "$(cat ended)" = 'ft-sink 0' ]
    [ "$(sqlite3 mart.db 'SELECT count(*) FROM sale_order')" = 2 ]
    wait
}

# ---- a pipeline's run ----

# A pipeline whose filters are stand-ins: each says in `started` that it is there, with its process,
# and in `heard` what signals it gets; they end when the file `stop` is there, ft-ingest also by the
# first SIGTERM or SIGINT, and give the status that stands in STATUS_OF_NAME, if any.
stand_ins() {
    mkdir -p tree/build tree/input
    cp -R "$root/pipelines" tree/
    cat >tree/build/ft-ingest <<'FILTER'
#!/bin/bash
name=${0##*/}
[[ $* != *--committed* ]] || { echo "$@" >committed; echo 41; exit "${STATUS_OF_COMMITTED-0}"; }
for signal in TERM INT HUP CONT; do
    trap 'echo "$name '"$signal"'" >>heard; heard='"$signal" "$signal"
done
[[ ! $SECOND_ENDS ]] || trap 'trap - TERM' TERM
echo "$name $*" >>arguments
echo "$name ${FT_STATE-none}" >>states
echo "$$" >>started
until [[ -e stop || ( $name == ft-ingest && $heard == [TI]* ) ]]; do sleep 0.02; done
[[ $name == ft-ingest ]] || cat
status=STATUS_OF_${name#ft-}
exit "${!status-0}"
FILTER
    chmod +x tree/build/ft-ingest
    for filter in clean firsttouch join sink; do cp tree/build/ft-{ingest,"$filter"}; done
}

teardown() {
    : >stop # also when the test has failed
}

# Starts run with the stand-ins, as $pid, and waits until its six filters are there.
begin_run() {
    (FT_BUILD=$PWD/tree/build exec env --default-signal=INT,QUIT,HUP \
        tree/pipelines/first-touch/run --input tree/input "$@" >out 2>err 3>&-) &
    pid=$!
    poll '[ -e started ] && [ "$(wc -l <started)" = 6 ]'
}

ends_with() { # STATUS; and nothing that run started is left
    poll '! runs "$pid"'
    status=0
    wait "$pid" || status=$?
    [ "$status" -eq "$1" ]
    while read -r filter; do
        poll '! runs "$filter"'
    done <started
}

@test "a SIGTERM or SIGINT to run alone reaches every filter, once, and run waits for them: exit 0" {
    stand_ins
    for signal in TERM INT; do
        rm -f started heard stop
        begin_run
        kill "-$signal" "$pid"
        poll '[ -e heard ] && [ "$(wc -l <heard)" = 6 ]'
        runs "$pid"
        : >stop
        ends_with 0
        printf "%s $signal\n" ft-clean ft-firsttouch ft-ingest ft-join ft-join ft-sink | sort |
            diff - <(sort heard)
    done
}

@test "a second SIGTERM to run reaches every filter too, and run has the status of the first" {
    export SECOND_ENDS=yes
    stand_ins
    begin_run
    kill -TERM "$pid"
    sleep "$one_order"
    runs "$pid"
    kill -TERM "$pid"
    ends_with 143
}

@test "a SIGHUP to run, as a terminal that is closed sends it, ends every filter" {
    stand_ins
    sed -i 's/TERM INT HUP/TERM INT/' tree/build/ft-*
    begin_run
    kill -HUP "$pid"
    ends_with 129
}

@test "Ctrl-Z stops every filter of run, and fg lets them go on" {
    stand_ins
    begin_run
    stopped() { # how many
        local count=0
        for filter in "$pid" $(<started); do
            [[ $(<"/proc/$filter/stat") != *') T '* ]] || count=$((count + 1))
        done
        [ "$count" -eq "$1" ]
    }
    stopped 0
    kill -TSTP "$pid"
    poll 'stopped 7'
    kill -CONT "$pid"
    poll 'stopped 0'
    : >stop
    ends_with 0
}

@test "run has the leftmost status that is a cause, whatever signals came" {
    stand_ins
    export STATUS_OF_clean=4 STATUS_OF_firsttouch=3 STATUS_OF_sink=2
    begin_run
    kill -TERM "$pid"
    poll '[ -e heard ]'
    : >stop
    ends_with 3
}

@test "run --state goes on from what the sink has committed" {
    stand_ins
    : >stop
    begin_run --state 'my state' --sink sqlite:m.db --epoch 10000r --no-drain
    ends_with 0
    [ "$(cat committed)" = '--committed sqlite:m.db' ]
    [[ $(grep ft-ingest arguments) == *' --restore 41 --epoch 10000r --no-drain '* ]]
    [ "$(sort -u states | grep -c ' my state$')" = 5 ]
}

@test "run without --state knows nothing of epochs; \$FT_STATE is as good as --state" {
    stand_ins
    : >stop
    begin_run
    ends_with 0
    [ ! -e committed ]
    [[ $(grep ft-ingest arguments) != *--restore* ]]
    rm started arguments
    FT_STATE=there begin_run
    ends_with 0
    [[ $(grep ft-ingest arguments) == *' --restore 41 '* ]]
}

@test "run starts nothing when it cannot be told what was committed" {
    stand_ins
    STATUS_OF_COMMITTED=3 FT_BUILD=$PWD/tree/build run -3 tree/pipelines/first-touch/run --state s
    [ ! -e started ]
}

@test "run refuses --epoch and --no-drain without --state, and an option without its argument" {
    stand_ins
    pipeline=tree/pipelines/first-touch/run
    run -2 "$pipeline" --epoch 1s
    [ "${lines[0]}" = 'run: option --epoch needs --state' ]
    run -2 "$pipeline" --no-drain
    [ "${lines[0]}" = 'run: option --no-drain needs --state' ]
    run -2 "$pipeline" --state ''
    [ "${lines[0]}" = 'run: option --state needs an argument' ]
    run -2 "$pipeline" --epoch
    [ "${lines[0]}" = 'run: option --epoch needs an argument' ]
    run -2 "$pipeline" '--input sink' x
    [ "${lines[0]}" = 'run: there is no option --input sink' ]
    [ ! -e started ]
}

# ---- a service ----

# A pipeline of real filters whose orders come through a FIFO, open as descriptor 7.
live_shop() {
    mkdir shop
    echo '{"customer_id":"c1","segment":"Loyal"}' >shop/customer.ndjson
    echo '{"id":1,"name":"Spring"}' >shop/campaign.ndjson
    mkfifo shop/event.ndjson shop/sale_order.ndjson
    (exec env --default-signal=INT "$root/pipelines/first-touch/run" --input shop >out 2>err 3>&-) &
    pid=$!
    exec 8>shop/event.ndjson 7>shop/sale_order.ndjson
    event e1 1767225600000 >&8
    event e2 1767225700000 >&8
    order o1 1767225600000 >&7
    order o2 1767225700000 >&7
    poll '[ "$(orders)" = o1 ]'
}

event() {
    printf '{"event_id":"%s","customer_id":"c1","event_type":"view","event_ts":%s}\n' "$@"
}

order() {
    printf '{"order_id":"%s","customer_id":"c1","total_amount":5,"order_ts":%s}\n' "$@"
}

# How many processes a group has.
members() {
    cat /proc/[0-9]*/stat 2>/dev/null | sed 's/.*) //' | awk -v group="$1" '$3 == group' | wc -l
}

orders() {
    sqlite3 mart.db 'SELECT group_concat(order_id) FROM mart_order_first_touch' 2>/dev/null
}

@test "a service that is stopped commits what it knows and nothing early, within seconds: exit 0" {
    live_shop
    event e3 1767225800000 >&8
    order o3 1767225800000 >&7
    group=$(cut -d ' ' -f 1 "/proc/$pid/task/$pid/children") # its one child
    [ "$(members "$group")" = 7 ] # the filters, and the shell that waits for them
    kill -TERM "$pid"
    poll '! runs "$pid"'
    wait "$pid"
    [ "$(members "$group")" = 0 ]
    [ ! -s err ]
    [[ $(orders) == o1 || $(orders) == o1,o2 ]] # of o3 it is not known, and it is not made up
}

# A shop of 40,000 events, 4 MB, with an order behind every twentieth.
large_shop() {
    mkdir shop
    awk -v dir=shop 'BEGIN {
        for (i = 0; i < 40000; i++) {
            at = 1767225600000 + i * 1000
            customer = "c" i * 7 % 1000
            printf "{\"event_id\":\"e%d\",\"customer_id\":\"%s\",\"event_type\":\"view\",\"campaign_id\":%d,\"event_ts\":%.0f}\n",
                i, customer, i % 3, at >dir "/event.ndjson"
            if (i % 20 == 0)
                printf "{\"order_id\":\"o%d\",\"customer_id\":\"%s\",\"total_amount\":%d.5,\"order_ts\":%.0f}\n",
                    i, customer, i, at + 500 >dir "/sale_order.ndjson"
        }
        for (i = 0; i < 1000; i++)
            printf "{\"customer_id\":\"c%d\",\"segment\":\"s%d\"}\n", i, i % 5 >dir "/customer.ndjson"
        for (i = 0; i < 2; i++) printf "{\"id\":%d,\"name\":\"n%d\"}\n", i, i >dir "/campaign.ndjson"
    }'
}

@test "a run over files that is stopped goes on from there, to the tables of one that was not" {
    export SOURCE_DATE_EPOCH=0
    local run=$root/pipelines/first-touch/run
    table() { sqlite3 "$1" 'SELECT * FROM mart_order_first_touch ORDER BY order_id'; }
    large_shop
    "$run" --input shop --sink sqlite:whole.db
    # an ft-clean that stops at 200 kB until the file `go` is there
    mkdir slow
    ln -s "$(dirname "$(command -v ft-clean)")"/ft-* slow/
    rm slow/ft-clean
    cat >slow/ft-clean <<FILTER
#!/bin/bash
trap '' TERM INT
{ head -c 200000; : >there; until [[ -e go ]]; do sleep 0.02; done; cat; } |
    $(command -v ft-clean) "\$@"
FILTER
    chmod +x slow/ft-clean
    (FT_BUILD=$PWD/slow exec "$run" --input shop --state state --epoch 500r >out 2>err 3>&-) &
    pid=$!
    poll '[ -e there ]'
    kill -TERM "$pid"
    : >go
    wait "$pid"
    [ ! -s err ]
    [ "$(sqlite3 mart.db 'SELECT count(*) FROM mart_order_first_touch')" -lt 1500 ]
    "$run" --input shop --state state --epoch 500r
    table whole.db >expected
    [ "$(wc -l <expected)" = 2000 ]
    table mart.db | diff expected -
}

@test "the unit in examples/systemd is one, and names a pipeline that is here" {
    command -v systemd-analyze >/dev/null || skip "there is no systemd-analyze"
    cp "$root"/examples/systemd/* .
    sed -i "s|/usr/local/share/firsttouch/|$root/|" first-touch.service
    run -0 systemd-analyze --man=no verify ./first-touch.service ./first-touch.timer
    [ "$output" = '' ]
}

@test "the unit's options are those of run" {
    grep -oE -- '--[a-z-]+' "$root/examples/systemd/first-touch.service" | sort -u >options
    [ "$(wc -l <options)" = 4 ]
    while read -r option; do
        "$root/pipelines/first-touch/run" --help | grep -q -- "^  $option "
    done <options
}
