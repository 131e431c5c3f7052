#!/usr/bin/env bats
# Files that are followed through their rotations. `make check-kill` has the long form of the last
# tests.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # quotes and subshells are meant; stderr is run's

load common

teardown() {
    [[ ! ${pid-} ]] || kill "$pid" 2>/dev/null || true
    wait
}

# hits FIRST [LAST]: one a second, the n-th at n seconds.
hits() {
    for ((id = $1; id <= ${2-$1}; id++)); do
        printf '{"id":%d,"at":%d}\n' "$id" $((id * 1000))
    done
}

# Follows the file log: what comes out is in out, what is said in said.
follow() {
    ft-ingest --time at:ms --follow hit=log "$@" >out 2>said 3>&- &
    pid=$!
    poll 'grep -q _schema out'
}

# The ids that came out, in one line.
came() {
    sed -n 's/^{"_stream":"hit".*"id":\([0-9]*\).*/\1/p' out | xargs
}

# Waits until the ids that came out are "$1".
gives() {
    poll "[[ \$(came) == '$1' ]]" || { came && false; }
}

stop() {
    kill "$pid"
    wait "$pid"
    pid=
}

# What was said, without the name of the program.
said() {
    sed 's/^ft-ingest: //' said
}

# rotate [NUMBER]: log becomes log.1, that log.2 and so on, as logrotate does it.
rotate() {
    for ((n = ${1-5}; n > 0; n--)); do
        [[ ! -e log.$n ]] || mv "log.$n" "log.$((n + 1))"
        [[ ! -e log.$n.gz ]] || mv "log.$n.gz" "log.$((n + 1)).gz"
    done
    mv log log.1
}

# ---- lines ----

@test "a line goes out when it is written, and half a line when its other half is" {
    hits 1 >log
    follow
    gives 1
    printf '{"id":2,"a' >>log
    printf '{"id":9,"at":1}\n' >other # that nothing is said of others
    sleep 0.1
    [ "$(came)" = 1 ]
    printf 't":2000}\n{"id":3' >>log
    gives '1 2'
    printf ',"at":3000}\n' >>log
    gives '1 2 3'
    stop
    is "$(said)" ''
    [ "$(tail -n 1 out)" = '{"_stream":"_end"}' ]
    run ! grep 9007199254740991 out # nothing drains
}

@test "an idle file costs no time, and a line in it comes out within 50 ms" {
    hits 1 >log
    follow
    gives 1
    poll 'grep -q _barrier out'
    before=$(cut -d ' ' -f 14,15 "/proc/$pid/stat")
    sleep 1.2
    is "$(cut -d ' ' -f 14,15 "/proc/$pid/stat")" "$before"
    mkfifo seen
    (tail -n +1 -f out --pid "$pid" -s 0.001 | grep -m 1 '"id":2' >seen) 3>&- &
    begun=${EPOCHREALTIME/./}
    hits 2 >>log
    until grep -q '"id":2' out; do :; done
    (((${EPOCHREALTIME/./} - begun) / 1000 < 50))
    cat seen >/dev/null
    stop
}

@test "a line too long, an empty one and one that is no JSON are what they are in any file" {
    { hits 1 && printf '\n' && head -c 3000 /dev/zero | tr '\0' x; } >log
    follow --max-line 2000
    gives 1
    sleep 0.05
    printf 'x\nnonsense\n' >>log
    hits 2 >>log
    gives '1 2'
    stop
    is "$(jq -c 'select(._stream == "_rejected") | [.source, .line, .byte_offset, .reason]' out)" \
        '["log",3,20,"the line has 3001 bytes, more than --max-line allows"]
["log",4,3022,"not a JSON object"]'
}

# ---- a file that gets another name ----

@test "a renamed file is finished before the new one is begun, also when it is written to meanwhile" {
    hits 1 >log
    follow
    gives 1
    exec 7>>log
    mv log log.1
    hits 4 5 >log
    hits 2 >&7
    gives '1 2'
    printf '{"id":3,' >&7
    sleep 0.1
    [ "$(came)" = '1 2' ]
    printf '"at":3000}\nbad\n' >&7
    exec 7>&-
    gives '1 2 3 4 5'
    echo worse >>log
    hits 6 >>log
    gives '1 2 3 4 5 6'
    stop
    is "$(said)" ''
    # line and place are those of the file
    is "$(jq -c 'select(._stream == "_rejected") | [.line, .byte_offset, .raw]' out)" \
        '[4,57,"bad"]
[3,38,"worse"]'
}

@test "the last line of a renamed file counts without its newline, as that of any file that ends" {
    { hits 1 && printf '{"id":2,"at":2000}'; } >log
    follow
    gives 1
    mv log log.1
    hits 3 >log
    gives '1 2 3'
    stop
}

@test "several rotations while it looked away are read in their order" {
    hits 1 >log
    follow
    gives 1
    kill -STOP "$pid"
    hits 2 >>log
    rotate && hits 3 4 >log
    rotate && hits 5 >log
    rotate && hits 6 >log && gzip log.1
    rotate && hits 7 >log
    kill -CONT "$pid"
    gives '1 2 3 4 5 6 7'
    stop
    is "$(said)" ''
}

@test "names by date, and those before the extension, are rotations too" {
    mkdir logs && cd logs
    for name in app-20260101.log app-20260102.log; do
        hits 1 >app.log
        ft-ingest --time at:ms --follow hit=app.log >out 2>said 3>&- &
        pid=$!
        gives 1
        kill -STOP "$pid"
        mv app.log "$name"
        hits 2 >app.log
        mv app.log "${name/-/-1}"
        hits 3 >app.log
        kill -CONT "$pid"
        gives '1 2 3'
        stop
        rm app*
    done
}

@test "files of others with names that are alike are no rotations" {
    hits 1 >app.log
    ft-ingest --time at:ms --follow hit=app.log >out 2>said 3>&- &
    pid=$!
    gives 1
    for name in app-2.log app_2.log app2.log app.2.csv app-20260101.csv app.log2; do hits 9 >"$name"; done
    mv app.log app.1.log && hits 2 >app.log
    gives '1 2'
    stop
    is "$(said)" ''
}

@test "the logs of others beside it are none of its rotations, be their names as alike" {
    others=(app-2.log app_3.log app.1.json app-1.log.1 app.log.error app-debug.log app2.log)
    hits 1 >app.log
    for other in "${others[@]}"; do hits 70 >"$other"; done
    ft-ingest --time at:ms --lag 1h --follow hit=app.log >out 2>said 3>&- &
    pid=$!
    gives '1'
    for other in "${others[@]}"; do hits 71 >>"$other"; done
    mv app.log app.1.log
    hits 2 >app.log
    gives '1 2'
    for other in "${others[@]}"; do hits 72 >>"$other"; done
    mv app.log app-20260101.log
    hits 3 >app.log
    gives '1 2 3'
    stop
    is "$(said)" ''
}

@test "a new file that begins as the renamed one did is read from its start" {
    hits 1 >log
    follow
    gives '1'
    rotate
    hits 1 2 >log
    gives '1 1 2'
    stop
    is "$(said)" ''
}

@test "what was rotated before the first start is not read" {
    hits 1 >log.2 && gzip log.2
    hits 2 >log.1
    hits 3 >log
    follow
    gives 3
    rotate && hits 4 >log
    gives '3 4'
    rotate && hits 5 >log
    gives '3 4 5'
    stop
}

@test "a writer that does not let go is waited for in silence, and what it still writes is read" {
    hits 1 >log
    follow --rotate-wait 300ms --lag 1h
    gives 1
    exec 7>>log
    mv log log.1
    hits 3 >log
    sleep 0.1
    hits 2 >&7 # begins the silence anew
    gives '1 2'
    gives '1 2 3'
    poll 'grep -q silent said'
    hits 4 >&7
    gives '1 2 3 4'
    hits 5 >>log
    gives '1 2 3 4 5'
    mv log.1 log.2 && mv log log.1
    hits 7 >log
    gives '1 2 3 4 5 7'
    hits 6 >&7
    gives '1 2 3 4 5 7 6'
    exec 7>&-
    stop
    is "$(said)" "log: its successor is read now, for it was silent for 300 ms, though somebody has \
it open for writing: what still comes is read when it comes"
}

@test "where the system does not tell who writes, silence does" {
    ((EUID == 0)) || skip 'needs a file that is not ours'
    mkdir logs
    chmod 755 . logs "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/* 2>/dev/null || true
    hits 1 >logs/log
    cp "$(command -v ft-ingest)" ft-ingest # where anybody may read it
    setpriv --reuid 65534 --clear-groups ./ft-ingest --time at:ms --rotate-wait 200ms \
        --follow hit=logs/log >out 2>said 3>&- &
    pid=$!
    gives 1
    for n in 1 2 3; do
        mv logs/log "logs/log.$n"
        hits $((n * 10)) >logs/log
        gives "$(came) $((n * 10))"
    done
    # the first two are not looked at any more
    poll '(($(find -L /proc/$pid/fd -samefile logs/log.1 2>/dev/null | wc -l) == 0))'
    stop
    is "$(said)" "logs/log: its successor is read now, for it was silent for 200 ms, though the \
system cannot tell whether anybody writes to it: what still comes is read when it comes"
}

@test "a file that is not there is waited for; so is one that has gone" {
    follow
    poll 'grep -q waiting said'
    hits 1 >log
    gives 1
    rm log
    poll '(($(grep -c waiting said) == 2))'
    hits 2 >log
    gives '1 2'
    mv log elsewhere && sleep 0.05 && mv elsewhere log # back again
    hits 3 >>log
    gives '1 2 3'
    stop
    is "$(said)" 'log: is not there; waiting for it
log: is not there; waiting for it'
}

@test "a link is followed to the file that it names now" {
    mkdir there
    hits 1 >there/app.1
    ln -s there/app.1 log
    follow
    gives 1
    hits 2 >>there/app.1
    gives '1 2'
    hits 3 >there/app.2
    ln -sf there/app.2 log
    gives '1 2 3'
    hits 4 >>there/app.2
    gives '1 2 3 4'
    stop
}

# ---- a file that is cut ----

@test "a file that is cut is read anew, and what a copy beside it has more comes first" {
    hits 1 2 >log
    follow
    gives '1 2'
    kill -STOP "$pid"
    hits 3 4 >>log
    cp log log.1
    : >log
    hits 5 >>log
    kill -CONT "$pid"
    gives '1 2 3 4 5'
    stop
    is "$(said)" 'log: was cut or written anew: it had 38 bytes or more, and has 19; what is missing up '\
'to byte 76 is read from log.1'
}

@test "two cuts at once: each copy is read, once" {
    hits 1 2 >log
    follow
    gives '1 2'
    kill -STOP "$pid"
    hits 3 >>log
    cp log log.1 && : >log
    hits 4 6 >>log
    mv log.1 log.2 && cp log log.1 && : >log
    hits 7 >>log
    kill -CONT "$pid"
    gives '1 2 3 4 5 6 7'
    cp log log.0 && : >log
    hits 8 >>log
    gives '1 2 3 4 5 6 7 8'
    stop
}

@test "a cut is seen by the first bytes too, when the file has become longer than it was" {
    hits 1 2 >log
    follow --lag 1h
    gives '1 2'
    kill -STOP "$pid"
    hits 3 6 >log
    kill -CONT "$pid"
    gives '1 2 3 4 5 6'
    kill -STOP "$pid"
    hits 5 8 >log # as long as it was
    kill -CONT "$pid"
    gives '1 2 3 4 5 6 5 6 7 8'
    stop
    is "$(said | sed 's/it had.*; //')" \
        'log: was cut or written anew: what stood behind byte 38 is lost, if anything did, for no copy '\
'of it has as much
log: was cut or written anew: what stood behind byte 76 is lost, if anything did, for no copy of it '\
'has as much'
}

@test "a copy of which nobody saw the original is read before what is written after it" {
    : >log
    follow
    poll "[[ -n \$(find /proc/$pid/fd -lname '*/log') ]]"
    kill -STOP "$pid"
    hits 1 2 >>log
    cp log log.1 && : >log
    hits 3 >>log
    kill -CONT "$pid"
    gives '1 2 3'
    cp log log.0 # which is not cut yet
    hits 4 >>log
    gives '1 2 3 4'
    stop
    is "$(said)" ''
}

@test "half a line of a file that was cut is what it is, and the rest of it comes from the copy" {
    { hits 1 && printf '{"id":2,'; } >log
    follow
    gives 1
    sleep 0.05
    kill -STOP "$pid"
    echo '"at":2000}' >>log
    cp log log.1
    hits 3 >log
    kill -CONT "$pid"
    gives '1 2 3'
    printf '{"id":4,' >>log
    sleep 0.05
    hits 5 >log
    gives '1 2 3 5'
    stop
    is "$(jq -r 'select(._stream == "_rejected") | .raw' out)" '{"id":4,'
}

@test "a file that is replaced by a copy of itself is gone on with" {
    hits 1 3 >log
    follow
    gives '1 2 3'
    hits 1 4 >new && mv new log
    gives '1 2 3 4'
    stop
    is "$(said)" 'log: was replaced by a copy of itself; going on there at byte 57'
}

# ---- with others ----

@test "files that are followed are merged by time until their ends were seen, and then as they come" {
    hits 1 1000 >log
    hits 1001 2000 | sed 's/id/order/' >order
    follow --follow sale=order
    poll '(($(grep -c "^{\"_stream\":\"sale\"" out) == 1000))'
    is "$(grep -n -m 1 '^{"_stream":"sale"' out | cut -d : -f 2- | jq .order)" 1001
    # all hits, which are earlier, came before the second sale
    is "$(sed '/"order":1002/q' out | grep -c '^{"_stream":"hit"')" 1000
    stop
}

@test "a table that is followed is read to its end before the others, and then as it grows" {
    printf '{"k":%d}\n' 1 2 >table
    hits 1 >log
    ft-ingest --time hit=at:ms --key k=k --follow hit=log --follow k=table >out 2>said 3>&- &
    pid=$!
    gives 1
    is "$(grep -v '_"\|"_[a-z]*"[^:]' out | grep -v '"_begin\|_schema' | sed 's/,.*//' | head -n 3 |
        cut -d '"' -f 4 | xargs)" 'k k hit'
    echo '{"k":3}' >>table
    poll "grep -q '\"k\":3' out"
    stop
}

@test "a followed file beside a pipe: both are read as they come" {
    hits 1 >log
    mkfifo pipe
    exec 8<>pipe
    follow sale=pipe 8>&-
    echo '{"at":1}' >&8
    poll "grep -q '\"at\":1}' out"
    hits 2 >>log
    gives '1 2'
    exec 8>&-
    hits 3 >>log
    gives '1 2 3'
    stop
}

@test "a silent file is not waited for once it is idle" {
    hits 1 >log
    hits 1 9 | sed 's/id/order/' >order
    follow --idle 300ms --follow sale=order
    poll "grep -q '\"_watermark\",\"_ts\":8999' out"
    stop
}

# ---- what is refused ----

refuses() {
    run "-$1" --separate-stderr ft-ingest --time at:ms "${@:3}"
    is "$stderr" "ft-ingest: $2"
}

@test "only files can be followed" {
    mkfifo pipe
    mkdir folder
    hits 1 | gzip >log.gz
    refuses 2 'folder: is a directory, and only files can be followed' --follow hit=folder
    refuses 2 'pipe: is a pipe or a device, and only files can be followed' --follow hit=pipe
    refuses 2 '--follow: standard input has no name: say hit=-' --follow hit=-
    refuses 2 'log.gz: is compressed: only plain text can be followed' --follow hit=log.gz
    refuses 2 'argument log is not STREAM=PATH (see --help)' --follow log
    refuses 3 'none/: cannot look for the rotations of log: No such file or directory' \
        --follow hit=none/log
    refuses 2 '--rotate-wait needs --follow' --rotate-wait 1s hit=log
    refuses 2 '--rotate-wait: 0 would not wait for what is still written: say 1ms' --rotate-wait 0s \
        --follow hit=log
    refuses 2 'log and log are one file: stream hit would have its records twice' --state st \
        --follow hit=log --follow hit=log
}

# ---- going on ----

query() {
    sqlite3 -batch m.db "$1" 2>/dev/null
}

# The ids in table hit, in one line.
ids() {
    query 'SELECT group_concat(id, " ") FROM (SELECT id FROM hit ORDER BY rowid)'
}

# A run with OPTION...; its number is in the file pid.
start() {
    local committed
    committed=$(ft-sink --state st --committed sqlite:m.db) || return
    : >lines
    {
        ft-ingest --state st --restore "$committed" --time at:ms --epoch 10ms "$@" 2>said &
        echo $! >pid
        wait $!
    } 3>&- | tee lines | ft-sink --state st sqlite:m.db >>sink.said 2>&1 3>&- &
    pipe=$!
}

# up_to N [OPTION...]: runs until the record N is committed, and ends that with SIGTERM.
up_to() {
    start --rotate-wait 300ms --follow hit=log "${@:2}"
    poll "[[ -s lines && \$(query 'SELECT count(*) FROM hit WHERE id = $1') == 1 ]]" || { cat said && return 1; }
    kill "$(<pid)"
    wait "$pipe"
    is "$(ids)" "$(seq -s ' ' "$1")"
}

@test "more rotations than a process may have open files are read" {
    hits 1 >log
    up_to 1
    mv log log.301
    for ((file = 300; file > 0; file--)); do
        hits $((302 - file)) >"log.$file"
    done
    hits 302 >log
    ulimit -Sn 64
    up_to 302
    is "$(ids)" "$(seq -s ' ' 302)"
}

@test "a run goes on in the same file, renamed or not, and in those that have come since" {
    hits 1 2 >log
    up_to 2
    hits 3 >>log
    up_to 3
    hits 4 >>log && rotate && hits 5 >log
    up_to 5
    hits 6 >>log && rotate && hits 7 8 >log && rotate && hits 9 >log && rotate && hits 10 >log
    up_to 10
    rotate # and not there yet
    start --follow hit=log
    sleep 0.2
    hits 11 >log
    poll '[[ $(query "SELECT max(id) FROM hit") == 11 ]]'
    kill "$(<pid)" && wait "$pipe"
    is "$(ids)" "$(seq -s ' ' 11)"
}

@test "a file that is followed by the same name as before goes on, whatever else has its last part" {
    mkdir a c
    hits 1 >a/log
    start --lag 1h --follow hit=a/log
    poll '[[ $(query "SELECT max(id) FROM hit") == 1 ]]'
    kill "$(<pid)" && wait "$pipe"
    hits 2 >>a/log
    hits 7 >c/log
    start --lag 1h --follow hit=c/log --follow hit=a/log
    poll '[[ $(query "SELECT count(*) FROM hit") == 3 ]]'
    kill "$(<pid)" && wait "$pipe"
    is "$(query 'SELECT group_concat(id, " ") FROM (SELECT id FROM hit ORDER BY id)')" '1 2 7'
}

@test "another file that has the inode of one of which nothing was read is not that one" {
    : >log
    start --lag 1h --epoch 1h --follow hit=log
    poll '[[ -s lines ]]'
    kill -9 "$(<pid)"
    wait "$pipe" || true
    mv log other # as one that was made when that was gone
    hits 7 >other
    hits 1 >log && rotate && hits 2 >log
    start --lag 1h --follow hit=log
    poll '[[ $(query "SELECT max(id) FROM hit") == 2 ]]'
    kill "$(<pid)" && wait "$pipe"
    is "$(query 'SELECT group_concat(id, " ") FROM (SELECT id FROM hit ORDER BY id)')" '1 2'
}

@test "what is compressed since is known by what is in it, and half a line is read again" {
    hits 1 2 >log
    printf '{"id":3,' >>log
    up_to 2
    printf '"at":3000}\n' >>log
    hits 4 >>log && rotate && gzip log.1
    hits 5 6 >log && rotate && gzip log.1
    hits 7 >log
    up_to 7
    hits 8 >>log && mv log log-20260102 && gzip log-20260102 && hits 9 >log
    up_to 9
}

@test "a file of which nothing was read is found among those that have come since" {
    hits 1 >log
    up_to 1
    rotate && : >log
    start --follow hit=log
    sleep 0.3
    kill "$(<pid)" && wait "$pipe"
    hits 2 >>log && rotate && gzip log.1
    hits 3 >log
    up_to 3
}

@test "logs that all begin with the same line are told apart, also when little of one was read" {
    local same='{"id":0,"at":1}'
    { echo "$same" && hits 1 3; } >log
    start --lag 1h --rotate-wait 300ms --follow hit=log
    poll '[[ $(query "SELECT max(id) FROM hit") == 3 ]]'
    rotate && echo "$same" >log
    poll '[[ $(query "SELECT count(*) FROM hit WHERE id = 0") == 2 ]]'
    kill "$(<pid)" && wait "$pipe"
    hits 4 6 >>log && rotate
    gzip -c log.1 >other && touch -r log.1 other
    gzip -c log.2 >log.1 && touch -r log.2 log.1 # in the file, for the system, of another one
    rm log.2 && mv log.1 log.2.gz && mv other log.1.gz
    { echo "$same" && hits 7 9; } >log
    start --lag 1h --rotate-wait 300ms --follow hit=log
    poll '[[ $(query "SELECT max(id) FROM hit") == 9 ]]'
    kill "$(<pid)" && wait "$pipe"
    is "$(query 'SELECT group_concat(id, " ") FROM (SELECT id FROM hit ORDER BY id)')" \
        '0 0 0 1 2 3 4 5 6 7 8 9'
}

@test "what is rotated before anything is committed is not taken for what was there before" {
    hits 100 >log.1
    hits 1 >log
    ft-ingest --state st --restore 0 --time at:ms --epoch 1h --follow hit=log >lines 3>&- &
    pid=$!
    poll 'grep -q \"hit\",\"_ts lines'
    kill -9 "$pid"
    wait "$pid" || true
    pid=
    rotate && hits 2 >log && rotate && gzip log.2 && hits 3 >log
    up_to 3
}

@test "what was still written to a file that was left, is read in the next run" {
    hits 1 >log
    up_to 1
    exec 7>>log
    mv log log.1
    hits 2 >log
    up_to 2
    hits 3 >&7
    up_to 3
    exec 7>&-
    hits 4 >>log.1
    hits 5 >>log
    up_to 5
}

@test "a file that is nowhere ends the run, until --new-file gives it up" {
    hits 1 3 >log
    up_to 3
    inode=$(stat -c %i log)
    rm log
    hits 4 >other && mv other log
    run -2 --separate-stderr ft-ingest --state st --restore "$(ft-sink --state st --committed \
        sqlite:m.db)" --time at:ms --follow hit=log
    is "$stderr" "ft-ingest: log (inode $inode), of which 57 bytes were read, is gone, or was cut: \
neither log nor a file beside it whose name begins like that begins with the same bytes and is as \
long; say --new-file to go on with what is here"
    up_to 4 --new-file
    up_to 4 --new-file
}

@test "a file that was removed when all of it was read is no loss" {
    hits 1 3 >log
    start --follow hit=log
    poll '[[ $(query "SELECT max(id) FROM hit") == 3 ]]'
    rm log
    sleep 0.1
    kill "$(<pid)" && wait "$pipe"
    hits 4 >log
    up_to 4
}

@test "a file that was cut while nobody ran: the copy has the rest, else the run ends" {
    hits 1 3 >log
    up_to 3
    hits 4 >>log && cp log log.1 && hits 5 >log
    up_to 5
    hits 6 >>log && mv log.1 log.2 && cp log log.1 && hits 7 8 >log && mv log.2 log.3 &&
        mv log.1 log.2 && cp log log.1 && gzip log.2 && hits 9 >log
    up_to 9
    : >log
    run -2 --separate-stderr ft-ingest --state st --restore "$(ft-sink --state st --committed \
        sqlite:m.db)" --time at:ms --follow hit=log
    [[ $stderr == *'is gone, or was cut'* ]]
}

@test "a cut behind a copy that is shorter than what was read is said and no failure" {
    hits 1000 2000 >log
    sed -i '1s/.*/{"id":1,"at":1000}/' log
    cp log log.1
    hits 2001 >>log
    start --follow hit=log
    poll '[[ $(query "SELECT max(id) FROM hit") == 2001 ]]'
    kill "$(<pid)" && wait "$pipe"
    cp -p log.1 log.2 && mv log.2 log.1 && touch log.1
    hits 2002 >log
    start --follow hit=log
    poll '[[ $(query "SELECT max(id) FROM hit") == 2002 ]]'
    kill "$(<pid)" && wait "$pipe"
    is "$(query 'SELECT count(*), count(DISTINCT id) FROM hit')" '1003|1003'
    [[ $(said) == "log: was cut, and log.1 was copied from it before; what stood behind byte "* ]]
}

@test "copies of the file as it is now are not read" {
    hits 1 >log
    up_to 1
    cp log log.1
    hits 2 >>log
    up_to 2
    mv log.1 log.2 && cp log log.1
    hits 3 >>log && mv log log.0 && hits 4 >log
    up_to 4
    for n in 5 6 7 8 9 10 11 12 13 14 15 16 17; do
        mv log "log-202601$((n + 10))" && cp "log-202601$((n + 10))" "log-202601$((n + 10)).copy"
        hits "$n" >log
    done
    up_to 17
    hits 18 >>log
    up_to 18
}

@test "a run over files can be gone on with by following them, and the other way round" {
    hits 1 2 >log
    start --no-drain hit=log
    wait "$pipe"
    hits 3 >>log && rotate && hits 4 >log
    up_to 4
    hits 5 >>log
    start --no-drain hit=log
    wait "$pipe"
    is "$(ids)" '1 2 3 4 5'
    exec 7>>log
    rotate && hits 6 >log
    up_to 6 # which leaves two files open
    run -2 --separate-stderr ft-ingest --state st --restore "$(ft-sink --state st --committed \
        sqlite:m.db)" --time at:ms hit=log
    is "$stderr" 'ft-ingest: log: was followed, and older files of that name are not read to their '\
'end: say --follow again'
    exec 7>&-
    up_to 6
}

@test "what was followed and never came is not missed by a run that follows no more" {
    ft-ingest --state st --restore 0 --time at:ms --follow hit=log 2>said 3>&- >out &
    pid=$!
    poll 'grep -q _schema out && [[ -s said ]]'
    stop
    hits 1 >log
    ft-ingest --state st --restore 1 --time at:ms hit=log >out
    is "$(came)" 1
}

@test "a line in an idle file is in the database within 1.5 s, with epochs of a second" {
    hits 1 >log
    committed=$(ft-sink --state st --committed sqlite:m.db)
    {
        ft-ingest --state st --restore "$committed" --time at:ms --epoch 1s --follow hit=log &
        echo $! >pid
        wait $!
    } 3>&- | ft-sink --state st sqlite:m.db 3>&- &
    poll '[[ $(query "SELECT count(*) FROM hit") == 1 ]]'
    sleep 0.3
    begun=${EPOCHREALTIME/./}
    hits 2 >>log
    poll '[[ $(query "SELECT count(*) FROM hit") == 2 ]]'
    (((${EPOCHREALTIME/./} - begun) / 1000 < 1500))
    kill "$(<pid)"
    wait
}

@test "a whole pipeline follows its files through rotations, and drains when it is over" {
    mkdir shop
    printf '{"customer_id":"c%d","segment":"New","acquisition_channel":"seo"}\n' 1 2 >shop/customer.ndjson
    : >shop/campaign.ndjson
    event() { printf '{"event_id":"e%d","customer_id":"c1","event_type":"click","event_ts":%d}\n' \
        "$1" $((1767225600000 + $1 * 1000)); }
    order() { printf '{"order_id":"o%d","customer_id":"c1","total_amount":1.50,"order_ts":%d}\n' \
        "$1" $((1767225600000 + $1 * 1000)); }
    event 1 >shop/event.ndjson
    order 2 >shop/sale_order.ndjson
    local run_it=("$root/pipelines/first-touch/run" --input shop --sink sqlite:m.db --state st)
    "${run_it[@]}" --follow 2>said 3>&- &
    pid=$!
    poll 'compgen -G "st/0-ft-ingest/1.manifest" >/dev/null'
    mv shop/event.ndjson shop/event.ndjson.1
    event 100 >shop/event.ndjson
    mv shop/sale_order.ndjson shop/sale_order.ndjson.1
    order 101 >shop/sale_order.ndjson
    # the first order is complete when both have gone on
    poll '[[ $(query "SELECT order_id FROM mart_order_first_touch") == o2 ]]'
    stop
    is "$(<said)" ''
    "${run_it[@]}"
    is "$(query 'SELECT order_id, first_touch_event_id FROM mart_order_first_touch ORDER BY 1')" \
        'o101|e1
o2|e1'
    run -2 --separate-stderr "${run_it[@]}" --follow --kafka localhost
    [[ $stderr == 'run: --kafka and --follow exclude each other'* ]]
}

@test "a pipeline that follows ends when the shell that runs it is killed" {
    mkdir shop
    for name in event sale_order customer campaign; do : >"shop/$name.ndjson"; done
    "$root/pipelines/first-touch/run" --input shop --sink sqlite:m.db --state st --follow 3>&- &
    shell=$!
    poll '[[ -e st/followed ]]'
    kill -9 "$shell"
    wait "$shell" || true
    # the lock is free: no filter is left
    poll 'flock -n st/run.lock true'
}

# ---- logrotate ----

# configure OPTION...: what logrotate is to do with log.
configure() {
    printf '%s\n' "$PWD/log {" "su $(id -un) $(id -gn)" 'rotate 50' "$@" '}' >conf
}

turn() {
    logrotate -f -s status conf
}

# Rotates with a run in between, without one, and several times without one.
rotate_and_go_on() {
    rm -rf log* st m.db
    hits 1 >log
    start --follow hit=log
    for n in 2 3 4; do # it runs
        hits "$n" >>log
        poll "[[ \$(query 'SELECT max(id) FROM hit') == $n ]]"
        turn
    done
    hits 5 >>log
    poll '[[ $(query "SELECT max(id) FROM hit") == 5 ]]'
    kill "$(<pid)" && wait "$pipe"
    is "$(ids)" '1 2 3 4 5'
    hits 6 >>log && turn && hits 7 >>log
    up_to 7
    hits 8 >>log && turn && hits 9 10 >>log && turn && hits 11 >>log && turn && hits 12 >>log
    up_to 12
    turn && hits 13 >>log
    up_to 13
}

@test "logrotate with create loses nothing" {
    configure create
    rotate_and_go_on
}

@test "logrotate with create and compress loses nothing, nor with delaycompress" {
    configure create compress
    rotate_and_go_on
    configure create compress delaycompress
    rotate_and_go_on
}

@test "logrotate with dates, before the extension too, loses nothing" {
    configure create dateext 'dateformat -%Y%m%d-%s' compress delaycompress
    turn() { sleep 1.1 && logrotate -f -s status conf; } # two of a second have one name
    rotate_and_go_on
}

@test "logrotate with copytruncate loses nothing when nobody writes at that moment" {
    configure copytruncate
    rotate_and_go_on
    configure copytruncate compress
    rotate_and_go_on
    configure copytruncate compress delaycompress
    rotate_and_go_on
}

# ---- kill ----

# A number below $1 that follows from $random.
chance() {
    random=$(((random * 1103515245 + 12345) % 2147483648))
    echo $((random / 65536 % $1))
}

# Writes lines and rotates at random, by the plan of seed $1.
write_and_rotate() {
    random=$1
    exec 7>>log
    for ((n = 1; n <= 400;)); do
        count=$(($(chance 5) + 1))
        hits "$n" $((n + count - 1)) >&7
        n=$((n + count))
        if (($(chance 6) == 0)); then
            rotate 60
            if (($(chance 2) == 0)); then # who wrote goes on a while
                hits "$n" >&7
                n=$((n + 1))
            fi
            exec 7>>log
            (($(chance 3) > 0)) || gzip log.2 2>/dev/null || true
        fi
        sleep 0.00$((RANDOM % 10))
    done
    hits "$n" >&7
    echo "$n" >written
}

@test "kill -9 at any moment between rotations loses no line and doubles none" {
    for seed in 1 2 3; do
        rm -rf log* st m.db written
        : >log
        write_and_rotate "$seed" 3>&- &
        for ((k = 0; k < 12; k++)); do
            start --lag 1h --follow hit=log
            sleep "0.0$((RANDOM % 10))$((RANDOM % 10))"
            kill -9 "$(<pid)" 2>/dev/null || true
            wait "$pipe" || true
        done
        poll '[[ -e written ]]'
        last=$(<written)
        start --lag 1h --follow hit=log
        poll "[[ \$(query 'SELECT count(*) FROM hit WHERE id = $last') == 1 ]]"
        kill "$(<pid)" && wait "$pipe"
        is "$(query 'SELECT count(*), count(DISTINCT id), min(id), max(id) FROM hit')" \
            "$last|$last|1|$last"
    done
}
