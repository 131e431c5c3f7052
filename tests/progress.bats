# --progress: the line on a terminal, in a real one that script(1) makes.
# shellcheck disable=SC2016 # commands in quotes are meant so
load common

# Runs COMMAND on a terminal of 80 columns, or $columns; what was written there is the file `screen`.
# A FIFO that the test holds open for writing is not to be held open by the command.
on_terminal() {
    SHELL=/bin/bash script -qec "stty cols ${columns-80}; $1" /dev/null \
        </dev/null >screen 3>&- 7>&- 8>&-
}

# What a terminal shows at the end of FILE: \r begins the line again, ESC [ K removes the rest of it.
shown() {
    LC_ALL=C awk 'BEGIN { RS = "\n" } {
        line = ""; at = 1
        for (i = 1; i <= length($0); i++) {
            c = substr($0, i, 1)
            if (c == "\r") { at = 1; continue }
            if (substr($0, i, 3) == "\033[K") { line = substr(line, 1, at - 1); i += 2; continue }
            line = substr(line, 1, at - 1) c substr(line, at + 1); at++
        }
        if (line != "") print line
    }' "$1"
}

# How often the line was drawn in FILE so far.
drawn() {
    grep -o $'\e\\[K\r' "$1" | wc -l
}

# COUNT hits, a second from one to the next.
hits() {
    awk -v count="$1" 'BEGIN { for (i = 0; i < count; i++)
        printf "{\"at\":%.0f,\"id\":\"%d\"}\n", 1767225600000 + i * 1000, i }'
}

ingest='ft-ingest --time at:ms'

@test "at the end a line sums up: records, time, speed, watermark, epoch" {
    hits 5 >hit.ndjson
    on_terminal "$ingest --progress hit=hit.ndjson >out"
    [ "$(shown screen | wc -l)" = 1 ]
    [[ $(shown screen) =~ ^'ft-ingest: 5 records in '[0-9.]+' '(ms|s)', '[0-9,]+'/s; watermark 2026-01-01T00:00:03.999Z, '[0-9.]+' d behind; epoch 1'$ ]]
    $ingest hit=hit.ndjson | diff - out
}

@test "every filter has a line, with its name and the records that came into it" {
    hits 1 >hit.ndjson
    echo '{"id":"1","name":"one"}' >table.ndjson
    $ingest hit=hit.ndjson sale=hit.ndjson >lines
    for filter in 'ft-clean --from hit' 'ft-firsttouch -t hit -v sale -b id -w 1d' \
        'ft-join --from hit --table t=table.ndjson --on id --take name' \
        'ft-window --from hit --tumble 1s --select "COUNT(*) AS n"' 'ft-sink sqlite:x.db'; do
        on_terminal "$filter --progress <lines >out"
        [[ $(shown screen) == "${filter%% *}: 2 records in "*'; epoch 1'* ]]
    done
}

@test "where standard error is no terminal there is nothing, and the output is the same" {
    hits 5 >hit.ndjson
    $ingest --progress hit=hit.ndjson >out 2>err
    [ ! -s err ]
    $ingest hit=hit.ndjson | diff - out
    $ingest hit=hit.ndjson | ft-sink --progress - 2>err >out
    [ ! -s err ]
    diff hit.ndjson out
}

@test "a terminal sees nothing of it when nobody has asked" {
    hits 5 >hit.ndjson
    on_terminal "$ingest hit=hit.ndjson >out"
    [ ! -s screen ]
}

# The terminal's own process, and a pipe that is fed through descriptor 7.
begin_on_terminal() {
    mkfifo in
    on_terminal "$1" &
    job=$!
    exec 7>in
}

finish() {
    exec 7>&-
    status=0
    wait "$job" || status=$?
}

@test "the line is drawn anew while a filter waits for input, and its speed falls to nothing" {
    begin_on_terminal "$ingest --progress hit=in >out"
    hits 3 >&7
    poll '[ "$(drawn screen)" -ge 2 ]'
    poll 'grep -q "3 records, 0/s; " screen'
    finish
    [ "$(shown screen | wc -l)" = 1 ]
    [[ $(shown screen) == 'ft-ingest: 3 records in '* ]]
}

@test "so it is by the filters behind" {
    begin_on_terminal "ft-clean --from hit --progress <in >out"
    $ingest hit=<(hits 3) | grep -v '_barrier\|_end' >&7
    poll '[ "$(drawn screen)" -ge 2 ]'
    finish
    [ "$status" = 4 ]
    grep -q 'ft-clean: 3 records, ' screen
    [ "$(shown screen)" = 'ft-clean: the input ended without _end: what wrote it has died' ]
}

@test "so it is while a recording is waited for" {
    begin_on_terminal "ft-ingest --progress --tagged in >out"
    $ingest hit=<(hits 3) >&7
    poll '[ "$(drawn screen)" -ge 2 ]'
    finish
    [[ $(shown screen) == 'ft-ingest: 3 records in '* ]]
}

@test "the line is drawn anew while nobody reads the output, and all of it arrives in the end" {
    hits 900 | awk '{ for (i = 0; i < 60; i++) print }' >hit.ndjson # 2 MB, more than pipes hold
    for options in '' --splice; do
        mkfifo slow
        on_terminal "$ingest --progress $options --lag unbounded hit=hit.ndjson >slow" &
        exec 8<slow
        poll '[ "$(drawn screen)" -ge 3 ]'
        cat <&8 >out
        wait $!
        exec 8<&-
        rm slow
        $ingest --lag unbounded hit=hit.ndjson | cmp - out
        [[ $(shown screen) == 'ft-ingest: 54,000 records in '* ]]
    done
}

@test "the line is one column shorter than the terminal" {
    columns=30
    begin_on_terminal "$ingest --progress hit=in >out"
    hits 3 >&7
    poll '[ "$(drawn screen)" -ge 2 ]'
    sed 's/\x1b\[K\r/\n/g' screen >lines
    head -n 2 lines | awk 'length != 29 { exit 1 }'
    finish
}

@test "a message stands alone: before the end, and when a filter fails" {
    begin_on_terminal "ft-ingest --progress --time at:ms hit=in | ft-sink - hit"
    echo '{"at":true}' >&7
    poll '[ "$(drawn screen)" -ge 1 ]'
    finish
    shown screen | grep -q "^ft-sink: 1 record was rejected (the first: column at: true is not an integer of epoch milliseconds): see 'ft-sink - _rejected'$"
    [ "$(shown screen | wc -l)" = 2 ]
    rm in
    begin_on_terminal "$ingest --strict --progress hit=in >out"
    hits 1 >&7
    poll '[ "$(drawn screen)" -ge 1 ]'
    echo '{' >&7
    finish
    [ "$status" = 1 ]
    [[ $(shown screen) == 'ft-ingest: refused: in: line 2: hit: unterminated object' ]]
}

@test "the message of another filter takes the place of the line" {
    begin_on_terminal "ft-ingest --progress --time at:ms hit=in | { sleep 1.2; ft-clean --from no; } >out"
    hits 1 >&7
    poll 'grep -q "ft-clean" screen'
    finish
    shown screen | grep -qx 'ft-clean: there is no stream no in the input (there are: hit)'
}

@test "nothing is left of the line when the reader goes away" {
    begin_on_terminal "$ingest --progress hit=in | { sleep 1.2; head -n 1; } >out"
    hits 1 >&7
    poll '[ "$(drawn screen)" -ge 1 ]'
    poll '! kill -0 "$job" 2>/dev/null'
    finish
    [ "$(shown screen)" = '' ]
}

@test "what is told are the figures of --metrics, and what was taken back was not read" {
    hits 1500 >hit.ndjson
    for count in 1200 1500; do
        head -n "$count" hit.ndjson >growing
        restore=$(FT_STATE=state ft-sink --committed sqlite:m.db)
        cat growing >grown # the same file, longer
        FT_STATE=state on_terminal "ft-ingest --restore $restore --no-drain --time at:ms hit=grown |
            ft-clean --from hit --dedup id --progress --metrics m | ft-sink sqlite:m.db"
    done
    # the last one waits for its time, and is no key yet
    [[ $(shown screen) == 'ft-clean: 300 records in '*'; epoch 2; 1,499 keys; state '* ]]
    [ "$(sed -n 's/^firsttouch_state_keys.* //p' m)" = 1499 ]
    size=$(sed -n 's/^firsttouch_state_bytes.* //p' m)
    ((size >= 1000))
    [[ $(shown screen) == *"; state $((size / 1000)).$((size % 1000 / 100)) kB" ]]
}

@test "run --progress shows how far the input is read" {
    mkdir shop
    shop --events 300 --orders 40 --customers 9 --campaigns 3 shop
    on_terminal "$root/pipelines/first-touch/run --input shop --progress"
    [ "$(shown screen | wc -l)" = 1 ]
    [[ $(shown screen) == 'ft-ingest: 352 records in '*'/s; watermark '*'; epoch 1' ]]
}
