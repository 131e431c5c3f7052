# The examples do what they say.
# shellcheck disable=SC2016 # what is polled for stands in quotes

load common
load postgres

teardown() {
    stop_postgres # where it was started
}

# The hits that are not late: all but the fifth, whose time is 10.001 s behind the fourth's.
on_time() {
    sed 5d "$root/examples/hits.ndjson"
}

recipe() {
    cd "$root/examples" || return
    "./$1" "${@:2}" 2>"$BATS_TEST_TMPDIR/err"
}

@test "the hand-worked shop has the mart that was worked out" {
    SOURCE_DATE_EPOCH=0 "$root/pipelines/first-touch/run" --input "$root/examples/first-touch" \
        --sink - >mart 2>err
    diff "$root/examples/first-touch/expected.ndjson" mart
    [ "$(grep -c late err)" = 1 ]
}

@test "the hand-worked shop has the mart that the oracle computes" {
    SOURCE_DATE_EPOCH=0 "$root/pipelines/first-touch/run" --input "$root/examples/first-touch" \
        --sink sqlite:mart.db
    "$root/tests/oracle/oracle" "$root/examples/first-touch" >expected
    "$root/tests/oracle/oracle" --mart mart.db >mart
    [ "$(wc -l <mart)" = 9 ]
    diff expected mart
}

@test "replay.sh: what was recorded gives the same lines again" {
    { on_time && on_time; } >expected
    recipe replay.sh >"$BATS_TEST_TMPDIR/out"
    diff "$BATS_TEST_TMPDIR/expected" "$BATS_TEST_TMPDIR/out"
}

@test "grow.sh: over three runs, of which one dies, each hit is in the table once" {
    on_time | jq -r '"\(.ts)|\(.path)|\(.ms)"' >expected
    recipe grow.sh >"$BATS_TEST_TMPDIR/out"
    diff "$BATS_TEST_TMPDIR/expected" "$BATS_TEST_TMPDIR/out"
}

@test "jq.sh: jq changes the hits and nothing else" {
    on_time | jq -c '{ts, path: (.path | ascii_downcase), ms}' >expected
    recipe jq.sh >"$BATS_TEST_TMPDIR/out"
    diff "$BATS_TEST_TMPDIR/expected" "$BATS_TEST_TMPDIR/out"
}

@test "csv.sh: each hit has its country's name from the CSV file, or null" {
    on_time | sed -e '/"FR"/s/}$/,"country_name":"France"}/' -e '/"XX"/s/}$/,"country_name":null}/' \
        -e '/"DE"/s/}$/,"country_name":"Germany, Federal Republic of"}/' >expected
    recipe csv.sh >"$BATS_TEST_TMPDIR/out"
    diff "$BATS_TEST_TMPDIR/expected" "$BATS_TEST_TMPDIR/out"
}

# In Paris it is midnight at 1743289200000 (2025-03-29T23:00Z) and, clocks being changed, 23 hours
# later at 1743372000000. The last click is 10.001 s behind: late.
@test "hourly.sh: hours are rolled up to days, of which one has 23 hours" {
    recipe hourly.sh >"$BATS_TEST_TMPDIR/out"
    diff - "$BATS_TEST_TMPDIR/out" <<'END'
{"day":"2025-03-29","product":"tea","clicks":1}
{"day":"2025-03-30","product":"cup","clicks":1}
{"day":"2025-03-30","product":"tea","clicks":3}
{"day":"2025-03-31","product":"tea","clicks":1}
END
}

# Ann searches 30 minutes behind her third click, Bob a millisecond more behind his first.
@test "activity.sh: a search goes on with a session of clicks, and comes too late for another" {
    recipe activity.sh >"$BATS_TEST_TMPDIR/out"
    diff - "$BATS_TEST_TMPDIR/out" <<'END'
{"user":"bob","session_start":"2025-03-29T23:01:00.000Z","session_end":"2025-03-29T23:31:00.000Z","activities":1,"clicks":1,"searches":0}
{"user":"ann","session_start":"2025-03-29T22:59:59.999Z","session_end":"2025-03-30T00:00:50.000Z","activities":4,"clicks":3,"searches":1}
{"user":"bob","session_start":"2025-03-29T23:31:00.001Z","session_end":"2025-03-30T00:01:00.001Z","activities":1,"clicks":0,"searches":1}
{"user":"ann","session_start":"2025-03-30T21:59:59.999Z","session_end":"2025-03-30T22:29:59.999Z","activities":1,"clicks":1,"searches":0}
{"user":"bob","session_start":"2025-03-30T22:00:00.000Z","session_end":"2025-03-30T22:30:00.000Z","activities":1,"clicks":1,"searches":0}
END
}

# Until file $1 has $2 lines; 10 s at most.
wait_for_lines() {
    local try
    for ((try = 0; try < 1000; try++)); do
        (($(wc -l <"$1") < $2)) || return 0
        sleep 0.01
    done
    return 1
}

@test "live.sh: lines come out as they are written, but for the late one" {
    head -n 2 "$root/examples/hits.ndjson" >log
    : >out
    setsid "$root/examples/live.sh" log >out 2>err 3>&- &
    local group=$!
    wait_for_lines out 2
    tail -n +3 "$root/examples/hits.ndjson" >>log
    wait_for_lines out 5
    kill -- -"$group"
    on_time | diff - out
}

@test "pace.sh: what was recorded comes again at its times, or faster" {
    cat >expected <<'END'
{"at":"2026-01-01T00:00:00.000Z","hits":2}
{"at":"2026-01-01T00:00:01.000Z","hits":1}
{"at":"2026-01-01T00:00:12.000Z","hits":1}
{"at":"2026-01-01T00:00:13.000Z","hits":1}
END
    local since=${EPOCHREALTIME/./}
    recipe pace.sh 10 >"$BATS_TEST_TMPDIR/out"
    ((${EPOCHREALTIME/./} - since >= 1300000)) # the thirteen seconds of the recording
    diff "$BATS_TEST_TMPDIR/expected" "$BATS_TEST_TMPDIR/out"
}

# What a kcat prints is in hits.kcat; the broker itself is in tests/kafka.
@test "kafka.sh: a line comes out for each message, with its offset" {
    awk 'NR != 5 { sub(/{/, "{\"kafka_offset\":" NR - 1 ","); print }' "$root/examples/hits.ndjson" >expected
    recipe kafka.sh >"$BATS_TEST_TMPDIR/out"
    diff "$BATS_TEST_TMPDIR/expected" "$BATS_TEST_TMPDIR/out"
}

@test "hits.kcat holds what kcat would print of the hits, with the page as key" {
    [ "$(ft-ingest --print kcat-format)" = '%t %p %o %T %K %S %k%s\n' ]
    jq -r '[.path, .ts] | @tsv' "$root/examples/hits.ndjson" |
        paste - "$root/examples/hits.ndjson" | while IFS=$'\t' read -r path ts line; do
        echo "hit 0 $((n++)) $((ts + 3)) ${#path} ${#line} $path$line"
    done | diff - "$root/examples/hits.kcat"
}

@test "kafka.sh BROKER: kcat gets the options that ft-ingest prints, and its output is read" {
    mkdir bin
    cat >bin/kcat <<END
#!/bin/bash
printf '%s\n' "\$@" >"$PWD/options"
cat hits.kcat
END
    chmod +x bin/kcat
    PATH=$PWD/bin:$PATH recipe kafka.sh broker:9092 >"$BATS_TEST_TMPDIR/out"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/out")" = 5 ]
    paste -sd' ' "$BATS_TEST_TMPDIR/options" >"$BATS_TEST_TMPDIR/line"
    grep -q -- '^-b broker:9092 -t hit -p 0 -o beginning -C .*auto.offset.reset=error' \
        "$BATS_TEST_TMPDIR/line"
    grep -qF -- "-f $(ft-ingest --print kcat-format)" "$BATS_TEST_TMPDIR/line"
}

@test "to-kafka.sh: behind each page and a tab stands its hit; with a broker kcat gets that" {
    on_time | jq -r .path | paste - <(on_time) >expected
    recipe to-kafka.sh >"$BATS_TEST_TMPDIR/out"
    cd "$BATS_TEST_TMPDIR"
    diff expected out
    mkdir bin
    printf '#!/bin/bash\necho "$*" >%q\ncat >%q\n' "$PWD/options" "$PWD/sent" >bin/kcat
    chmod +x bin/kcat
    PATH=$PWD/bin:$PATH recipe to-kafka.sh broker:9092 >"$BATS_TEST_TMPDIR/out"
    cd "$BATS_TEST_TMPDIR"
    [ ! -s out ]
    diff expected sent
    [[ $(cat options) == $'-P -b broker:9092 -t last_hit -K \t -Z '* ]]
}

# An `ssh` that runs the command here: it stands for the other machine, not for the network.
@test "ssh.sh: lines of a log elsewhere come out as they are written" {
    mkdir bin 'my logs'
    printf '#!/bin/bash\necho "$1" >host\nexec bash -c "$2"\n' >bin/ssh
    chmod +x bin/ssh
    head -n 2 "$root/examples/hits.ndjson" >'my logs/log'
    : >out
    PATH=$PWD/bin:$PATH setsid "$root/examples/ssh.sh" shop.example "$PWD/my logs/log" >out 2>err 3>&- &
    local group=$!
    wait_for_lines out 2
    tail -n +3 "$root/examples/hits.ndjson" >>'my logs/log'
    wait_for_lines out 5
    kill -- -"$group"
    on_time | diff - out
    [ "$(cat host)" = shop.example ]
}

rotated_hits() {
    sqlite3 hits.db 'SELECT path FROM hit ORDER BY ts, path' 2>/dev/null | paste -sd' '
}

@test "rotate.sh: with logrotate.conf a hit is there once, whatever is rotated and killed" {
    command -v logrotate >/dev/null || skip 'there is no logrotate'
    sed "s|/srv/shop/hits.ndjson|$PWD/hits.ndjson|" "$root/examples/logrotate.conf" >conf
    chmod go-w . conf
    rotate() { logrotate -f -s "$PWD/rotated" conf; }
    one() { printf '{"ts":%d,"path":"%s"}\n' $((1767225600000 + $1)) "$1" >>hits.ndjson; }
    begin() {
        setsid "$root/examples/rotate.sh" hits.ndjson . >out 2>err 3>&- &
        group=$!
    }
    one 1
    begin
    poll '[ "$(rotated_hits)" = 1 ]'
    one 2
    rotate
    one 3
    poll '[ "$(rotated_hits)" = "1 2 3" ]'
    kill -KILL -- -"$group"
    wait "$group" || true
    one 4
    rotate
    one 5
    rotate # the one of 2 is now compressed, and that of 4 too
    one 6
    begin
    poll '[ "$(rotated_hits)" = "1 2 3 4 5 6" ]'
    kill -TERM -- -"$group"
    wait "$group" || true # the shell that waits for the pipe is of the group
    poll '! kill -0 -- -"$group" 2>/dev/null'
    [ -e hits.ndjson.3.gz ]
    [ ! -s err ]
}

@test "postgres.sh: hits and seconds are in PostgreSQL, and a second run finds nothing new" {
    make_postgres
    recipe postgres.sh "$target" "$BATS_TEST_TMPDIR/state" >"$BATS_TEST_TMPDIR/out"
    recipe postgres.sh "$target" "$BATS_TEST_TMPDIR/state" >"$BATS_TEST_TMPDIR/again"
    cd "$BATS_TEST_TMPDIR"
    sql 'SELECT path, ms FROM hit ORDER BY ts' >hits
    diff - out <<'END'
/|2|21
/Cart|1|48
END
    diff out again
    on_time | jq -r '[.ts, .path, .ms] | @tsv' | sort -n | cut -f 2- | tr '\t' '|' | diff - hits
}

@test "make demo's tour shows a mart, a revenue that adds up, and what was refused" {
    cp -R "$root/examples" "$root/pipelines" .
    mkdir build
    FT_BUILD=${FT_BUILD:-$root/build} examples/demo >out
    grep -q 'o0000120' out
    grep -q 'late ' out
    grep -q '"12,50" is not a number' out
    local orders
    orders=$(sqlite3 build/demo/mart.db 'SELECT count(*) FROM mart_order_first_touch')
    [ "$orders" = 200 ]
    # the shares of the revenue table's lines, and their orders
    awk '/^Revenue/ { on = 1 } /^What/ { on = 0 }
         on && / %/ { share += $(NF - 1); orders += $(NF - 3) }
         END { exit !(orders == 200 && share > 99.5 && share < 100.5) }' out
}
