# Exactly once: what a run with --state goes on from, what it refuses, and what is in the tables
# after a crash. `make check-kill` is the long form of the last test.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # quotes and subshells are meant; begin is common's
load common

# Two pipes that wait ten seconds for the lock of another in vain: begun first, judged last.
setup_file() {
    cd "$BATS_FILE_TMPDIR" || return
    mkfifo in
    (ft-ingest --state st --replayed --time at:ms hit=in |
        ft-sink --state st sqlite:m.db) >held.out 2>&1 3>&- &
    exec {hold}>in
    export hold
    hits 1 >&"$hold"
    poll '[[ $(sqlite3 m.db "SELECT count(*) FROM hit" 2>/dev/null) == 1 ]]'
    hits 1 >other.ndjson
    {
        status=0
        ft-ingest --state st --restore 1 --time at:ms hit=other.ndjson 2>ingest.err || status=$?
        echo "$status" >ingest.status
    } >ingest.out 3>&- {hold}>&- &
    {
        status=0
        ft-sink --state st --committed sqlite:m.db 2>sink.err || status=$?
        echo "$status" >sink.status
    } >sink.out 3>&- {hold}>&- &
}

teardown_file() {
    exec {hold}>&-
    wait
}

# hits FIRST [LAST]: one a second, the n-th at n seconds.
hits() {
    for ((id = $1; id <= ${2-$1}; id++)); do
        printf '{"id":%d,"at":%d}\n' "$id" $((id * 1000))
    done
}

query() {
    sqlite3 -batch m.db "$1"
}

# The ids in table hit, in one line.
ids() {
    query 'SELECT group_concat(id, " ") FROM (SELECT id FROM hit ORDER BY rowid)'
}

# What goes on: ft-ingest with OPTION... SOURCE..., behind what m.db has committed.
ingest() {
    local committed
    committed=$(ft-sink --state st --committed sqlite:m.db) || return
    ft-ingest --state st --restore "$committed" --time at:ms "$@"
}

sink() {
    ft-sink --state st sqlite:m.db
}

# The status of a pipe: the leftmost that is a cause, or else the last.
cause() {
    local status
    for status; do
        case $status in 0 | 4 | 141) ;; *) return "$status" ;; esac
    done
    return "$status"
}

load_in() {
    ingest "$@" | sink
    cause "${PIPESTATUS[@]}"
}

# Takes the pipe's lines up to the barrier that is the n-th in them: what follows is lost.
crash_behind() {
    awk -v n="$1" '{ print } /^{"_stream":"_barrier"/ && !--n { exit }'
}

# As load_in, but dies at the n-th barrier, which is committed.
load_and_crash() {
    local n=$1 status=0
    shift
    ingest "$@" | crash_behind "$n" | sink 2>/dev/null || status=$?
    [ "$status" -eq 4 ]
}

# load_in, which is to fail with STATUS and to say MESSAGE.
refuses() {
    local status=$1 message=$2
    shift 2
    run "-$status" --separate-stderr load_in "$@"
    is "${stderr_lines[0]}" "$message"
}

# ---- where a source goes on ----

@test "a crash behind any barrier loses no row and doubles none" {
    hits 1 10 >hit.ndjson
    for n in 1 2 3 4 5 6; do # the sixth is the drained end, which adds no row
        rm -rf st m.db
        load_and_crash "$n" --epoch 2r hit=hit.ndjson
        is "$(ids)" "$(seq -s ' ' $((n < 6 ? 2 * n : 10)))"
        load_in --epoch 2r hit=hit.ndjson
        is "$(ids)" '1 2 3 4 5 6 7 8 9 10'
    done
}

@test "several files of a stream are merged as if there had been no crash" {
    # out of order within the lag and beyond it, with times that are equal across the files
    printf '{"id":"a%d","at":%d}\n' 1 1000 2 3000 3 2000 4 9000 5 7000 6 6000 7 20000 >a.ndjson
    printf '{"id":"b%d","at":%d}\n' 1 3000 2 999 3 3000 4 9000 5 21000 >b.ndjson
    printf '{"id":"c%d","at":%d}\n' 1 9000 2 9000 3 8000 4 7500 5 1 >c.ndjson
    local files=(hit=a.ndjson hit=b.ndjson hit=c.ndjson)
    all() { query 'SELECT id FROM hit ORDER BY rowid; SELECT source, line FROM _rejected'; }
    load_in --lag 2s "${files[@]}"
    all >expected
    is "$(query 'SELECT source, line FROM _rejected ORDER BY 1, 2' | xargs)" \
        'a.ndjson|6 b.ndjson|2 c.ndjson|5'
    for ((n = 1; n <= 17; n++)); do
        rm -rf st m.db
        load_and_crash "$n" --epoch 1r --lag 2s "${files[@]}"
        load_in --epoch 1r --lag 2s "${files[@]}"
        all | diff expected -
    done
}

@test "a crash in the middle of an epoch takes back all of it" {
    hits 1 10 >hit.ndjson
    run -4 --separate-stderr bash -c 'ft-ingest --state st --epoch 4r --time at:ms hit=hit.ndjson |
        sed "/\"id\":7,/q" | ft-sink --state st sqlite:m.db'
    is "$(ids)" '1 2 3 4'
    load_in hit=hit.ndjson
    is "$(ids)" '1 2 3 4 5 6 7 8 9 10'
}

@test "behind _begin, a run that goes on first repeats the watermark that was put out last" {
    hits 1 6 >hit.ndjson
    load_and_crash 2 --epoch 2r hit=hit.ndjson
    ingest --epoch 2r hit=hit.ndjson | sed -n 3,4p >lines
    is "$(<lines)" '{"_stream":"_watermark","_ts":3999}
{"_stream":"hit","_ts":5000,"id":5,"at":5000}'
}

@test "a rejected record has the line and the offset of its file after a restart too" {
    { hits 1 7 && echo '{"id":8}' && hits 9; } >hit.ndjson
    load_and_crash 2 --epoch 3r hit=hit.ndjson
    is "$(query 'SELECT count(*) FROM _rejected')" 0
    load_in --epoch 3r hit=hit.ndjson
    is "$(query 'SELECT line, byte_offset FROM _rejected')" "8|$(head -n 7 hit.ndjson | wc -c)"
}

@test "a restart behind blank lines, a byte order mark and carriage returns counts them all" {
    { printf '\xef\xbb\xbf' && hits 1 && printf '\n\r\n' && hits 2 | sed 's/$/\r/' && echo no; } >hit.ndjson
    load_and_crash 1 --epoch 2r hit=hit.ndjson
    is "$(query 'SELECT count(*) FROM _rejected')" 0
    load_in --epoch 2r hit=hit.ndjson
    # 3 of the mark, then 19, 1, 2 and 20 of the lines
    is "$(query 'SELECT line, byte_offset FROM _rejected')" '5|45'
    is "$(ids)" '1 2'
}

@test "gzip data goes on in decompressed bytes, also behind a member that was added" {
    { hits 1 5 && echo '{"id":6}' && hits 7 9; } | gzip >hit.ndjson.gz
    load_and_crash 1 --epoch 4r --no-drain hit=hit.ndjson.gz
    load_in --epoch 4r --no-drain hit=hit.ndjson.gz
    { echo '{"id":10}' && hits 11; } | gzip >>hit.ndjson.gz
    load_in --no-drain hit=hit.ndjson.gz
    gzip -dc hit.ndjson.gz >hit.ndjson
    is "$(ids)" '1 2 3 4 5 7 8 9 11'
    is "$(query 'SELECT line, byte_offset FROM _rejected')" "6|$(head -n 5 hit.ndjson | wc -c)
10|$(head -n 9 hit.ndjson | wc -c)"
}

@test "a file that grew goes on where it was read to" {
    hits 1 3 >hit.ndjson
    load_in --no-drain hit=hit.ndjson
    hits 4 5 >>hit.ndjson
    load_in --no-drain hit=hit.ndjson
    is "$(ids)" '1 2 3 4 5'
    load_in --no-drain hit=hit.ndjson
    is "$(ids)" '1 2 3 4 5'
}

@test "a file that was given another name is known by its inode" {
    hits 1 3 >hit.ndjson
    load_in --no-drain hit=hit.ndjson
    mv hit.ndjson hit.ndjson.1
    hits 4 >>hit.ndjson.1
    hits 5 6 >hit.ndjson
    load_in --no-drain hit=hit.ndjson.1 hit=hit.ndjson
    is "$(ids)" '1 2 3 4 5 6'
}

@test "another file that begins with what was read is exit 2 naming both, unless one says which" {
    hits 1 3 >hit.ndjson
    load_in --no-drain hit=hit.ndjson
    cp hit.ndjson copy.ndjson
    hits 4 >>copy.ndjson
    local message
    message="ft-ingest: copy.ndjson (inode $(stat -c %i copy.ndjson)) begins as hit.ndjson did (inode $(stat -c %i hit.ndjson)), of which $(stat -c %s hit.ndjson) bytes were read: say --same-file to go on there, or --new-file to read it from its start"
    refuses 2 "$message" --no-drain hit=copy.ndjson
    # the same name, another inode
    cp copy.ndjson new && mv hit.ndjson old && mv new hit.ndjson
    run -2 --separate-stderr load_in --no-drain hit=hit.ndjson
    [[ $stderr == "ft-ingest: hit.ndjson (inode $(stat -c %i hit.ndjson)) begins as hit.ndjson did "* ]]
    is "$(ids)" '1 2 3'
    cp -r st st.before && cp m.db m.before
    load_in --no-drain --same-file hit=copy.ndjson
    is "$(ids)" '1 2 3 4'
    rm -r st && mv st.before st && mv m.before m.db
    load_in --no-drain --new-file hit=copy.ndjson # from its start, where 1 and 2 are late now
    is "$(ids)" '1 2 3 3 4'
    is "$(query 'SELECT source, line, reason FROM _rejected')" 'copy.ndjson|1|late
copy.ndjson|2|late'
}

@test "a file that is shorter than what was read of it is exit 2, unless --new-file begins it again" {
    hits 1 5 >hit.ndjson
    load_in --no-drain hit=hit.ndjson
    local size
    size=$(stat -c %s hit.ndjson)
    truncate -s 20 hit.ndjson
    refuses 2 "ft-ingest: hit.ndjson: is shorter than the $size bytes that were read of hit.ndjson: say --new-file to read it from its start" \
        --no-drain hit=hit.ndjson
    hits 6 7 >hit.ndjson # cut and written anew, in place
    run -2 --separate-stderr load_in --no-drain hit=hit.ndjson
    [[ $stderr == *'is shorter than'* ]]
    load_in --no-drain --new-file hit=hit.ndjson
    is "$(ids)" '1 2 3 4 5 6 7'
}

@test "a file that was not read to its end and is not given any more is exit 2, unless --new-file" {
    hits 1 5 >hit.ndjson
    load_and_crash 1 --epoch 2r hit=hit.ndjson
    hits 6 7 >other.ndjson
    refuses 2 "ft-ingest: hit.ndjson (inode $(stat -c %i hit.ndjson)) was read up to byte $(hits 1 2 | wc -c) and not to its end, and is not among the sources: add it, whatever its name is now, or say --new-file to leave the rest" \
        hit=other.ndjson
    load_in --new-file hit=other.ndjson
    is "$(ids)" '1 2 6 7'
}

@test "files of 4096 bytes and more that begin alike are taken for one, shorter ones by all of them" {
    hits 1 300 >one.ndjson # over 4096 bytes
    { head -c 4096 one.ndjson && echo '0},{"id":2}'; } >alike.ndjson
    { hits 1 200 && hits 900; } >other.ndjson
    sed -i '1s/"id":1/"id":0/' other.ndjson
    load_in --no-drain --lag 1d hit=one.ndjson
    run -2 --separate-stderr load_in --no-drain --lag 1d hit=alike.ndjson
    [[ $stderr == *'begins as one.ndjson did'* ]]
    load_in --no-drain --lag 1d hit=other.ndjson
    is "$(query 'SELECT count(*) FROM hit')" 501
}

@test "other bytes in the same inode are another file, which begins at its start" {
    hits 1 3 >hit.ndjson
    load_in --no-drain hit=hit.ndjson
    hits 4 9 >hit.ndjson
    load_in --no-drain hit=hit.ndjson
    is "$(ids)" '1 2 3 4 5 6 7 8 9'
}

# ---- pipes ----

@test "standard input and FIFOs cannot be rewound: with --state they need --replayed" {
    run -2 --separate-stderr ft-ingest --state st --time at:ms hit=- </dev/null
    is "$stderr" 'ft-ingest: standard input cannot be rewound, as --state needs it: give a file, or say --replayed when whatever writes it begins at the same first line each time'
    [ ! -e m.db ]
}

@test "with --replayed, what was taken of a pipe is read over after a restart" {
    replay() { hits 1 "$1" | load_in --replayed --epoch 2r hit=-; }
    hits 1 6 | load_and_crash 2 --replayed --epoch 2r hit=-
    is "$(ids)" '1 2 3 4'
    replay 6
    is "$(ids)" '1 2 3 4 5 6'
    replay 9 # its end was the end of that run alone
    is "$(ids)" '1 2 3 4 5 6 7 8 9'
}

@test "a replay that begins otherwise than it did is exit 2" {
    hits 1 6 | load_and_crash 2 --replayed --epoch 2r hit=-
    otherwise() { hits 2 7 | load_in --replayed hit=-; }
    run -2 --separate-stderr otherwise
    is "${stderr_lines[0]}" "ft-ingest: standard input: does not begin as it did, when $(hits 1 4 | wc -c) bytes were read of it"
    shorter() { hits 1 2 | load_in --replayed hit=-; }
    run -2 --separate-stderr shorter
    is "$(ids)" '1 2 3 4'
}

# ---- time ----

@test "a short file that grows while the rest of it is waiting to be read is known again" {
    mkfifo names
    local options=(--no-drain --replayed --time names=none names=names hit=hit.ndjson)
    { hits 1 3 && printf '{"id":4,'; } >hit.ndjson
    : >names &
    load_in "${options[@]}"
    ingest "${options[@]}" >out &
    exec {names}>names
    poll 'grep -q _begin out' # the files are open, and the table is waited for
    { printf '"at":4000}\n' && hits 5; } >>hit.ndjson
    exec {names}>&-
    wait
    sink <out
    hits 6 >>hit.ndjson
    : >names &
    load_in "${options[@]}"
    is "$(ids)" "1 2 3 4 5 6"
}

@test "a log that was copied and then cut goes on in its copy, and begins again" {
    hits 1 3 >hit.ndjson
    load_in --no-drain hit=hit.ndjson
    hits 4 >>hit.ndjson
    cp hit.ndjson hit.1
    hits 5 >hit.ndjson # in place: the inode stays
    run -2 load_in --no-drain hit=hit.ndjson hit=hit.1
    [[ $output == *"say --same-file"* ]]
    load_in --no-drain --same-file hit=hit.1 hit=hit.ndjson
    is "$(ids)" "1 2 3 4 5"
}

@test "a file that is given twice is exit 2" {
    hits 1 3 >hit.ndjson
    ln -s hit.ndjson today.ndjson
    load_in --no-drain hit=hit.ndjson
    refuses 2 "ft-ingest: hit.ndjson and today.ndjson are one file: \
stream hit would have its records twice" --no-drain hit=hit.ndjson hit=today.ndjson
}

@test "a run in which nothing came changes nothing about what is late" {
    { hits 1 && hits 200; } >a.ndjson
    { hits 2 && hits 80; } >b.ndjson
    hits 50 >order.ndjson # which holds the watermark
    local files=(hit=a.ndjson hit=b.ndjson order=order.ndjson)
    load_in --no-drain "${files[@]}"
    load_in --no-drain "${files[@]}"
    hits 90 >>b.ndjson
    load_in --no-drain "${files[@]}"
    is "$(query 'SELECT group_concat(id, " ") FROM (SELECT id FROM hit ORDER BY id)')" "1 2 80 90 200"
    is "$(query 'SELECT count(*) FROM _rejected')" 0
}

@test "an unfinished last line that is too long is left for the next run too" {
    { hits 1 && printf '{"id":2,"note":"%060d' 0; } >hit.ndjson
    load_in --no-drain --max-line 50 hit=hit.ndjson
    is "$(query 'SELECT count(*) FROM _rejected')" 0
    { echo '"}' && hits 3; } >>hit.ndjson
    load_in --no-drain --max-line 50 hit=hit.ndjson
    is "$(ids)" "1 3"
    is "$(query 'SELECT line, byte_offset FROM _rejected')" "2|19"
}

@test "a pipe that goes on is read as it comes, and locks nobody out of the database meanwhile" {
    mkfifo in
    hits 1 3 >in &
    load_in --replayed hit=in
    load_in --replayed hit=in &
    exec {in}>in
    hits 1 3 >&"$in"
    poll '! flock -n st/sink.lock true'
    sqlite3 -cmd '.timeout 5000' m.db 'CREATE TABLE other (id)' >timeout.out
    hits 4 >&"$in"
    poll '[[ $(ids) == "1 2 3 4" ]]'
    exec {in}>&-
    wait
    load_in --replayed hit=in &
    exec {in}>in
    hits 1 5 >&"$in" # what comes in one piece with what is read over
    poll '[[ $(ids) == "1 2 3 4 5" ]]'
    exec {in}>&-
    wait
}

@test "what is late stays late across a restart, and what is not stays so" {
    printf '{"id":%d,"at":%d}\n' 1 1000 2 100000 3 98999 4 99000 5 50000 6 99500 >hit.ndjson
    load_and_crash 1 --lag 1s --epoch 2r hit=hit.ndjson
    load_in --lag 1s --epoch 2r hit=hit.ndjson
    is "$(ids)" '1 2 4 6'
    is "$(query 'SELECT line, reason FROM _rejected')" '3|late
5|late'
}

@test "with --no-drain a new file of a stream begins at its start, with the watermark of the ended" {
    printf '{"id":%d,"at":%d}\n' 1 1000 2 100000 3 99500 >monday.ndjson
    printf '{"id":%d,"at":%d}\n' 4 98999 5 99000 6 101000 >tuesday.ndjson
    load_in --no-drain --lag 1s hit=monday.ndjson
    load_in --no-drain --lag 1s hit=tuesday.ndjson
    is "$(ids)" '1 2 3 5 6'
    is "$(query 'SELECT source, line, byte_offset, reason FROM _rejected')" 'tuesday.ndjson|1|0|late'
    # and of several the highest, wherever they stand
    printf '{"id":%d,"at":%d}\n' 7 99999 8 100000 >wednesday.ndjson
    load_in --no-drain --lag 1s hit=monday.ndjson hit=wednesday.ndjson
    is "$(ids)" '1 2 3 5 6 8'
}

@test "with --no-drain an unfinished last line is left for the next run" {
    { hits 1 2 && printf '{"id":3,"at"'; } >hit.ndjson
    load_in --no-drain hit=hit.ndjson
    is "$(ids)" '1 2'
    printf ':3000}\n{"id":4,"at":4000}' >>hit.ndjson # whole, but perhaps not all of it
    load_in --no-drain hit=hit.ndjson
    is "$(ids)" '1 2 3'
    is "$(query 'SELECT count(*) FROM _rejected')" 0
    load_in hit=hit.ndjson # the end of the input
    is "$(ids)" '1 2 3 4'
}

@test "a state that is drained takes no new input: exit 2; without any there is nothing to do" {
    hits 1 3 >hit.ndjson
    load_in hit=hit.ndjson
    load_in hit=hit.ndjson
    is "$(ids)" '1 2 3'
    hits 4 >more.ndjson
    refuses 2 'ft-ingest: st: state is drained; loads that go on need --no-drain' hit=more.ndjson
    refuses 2 'ft-ingest: st: state is drained; loads that go on need --no-drain' --no-drain \
        hit=more.ndjson
    hits 4 >>hit.ndjson
    refuses 2 'ft-ingest: st: state is drained; loads that go on need --no-drain' hit=hit.ndjson
    is "$(ids)" '1 2 3'
}

@test "the end of files fires what waits, unless --no-drain is said; that of pipes if --drain is" {
    hits 1 3 >hit.ndjson
    ends() { ft-ingest --state "$1" --time at:ms "${@:2}" | tail -n 3 | sed -n 1p; }
    is "$(ends a hit=hit.ndjson)" '{"_stream":"_watermark","_ts":9007199254740991}'
    is "$(ends b --no-drain hit=hit.ndjson)" '{"_stream":"_watermark","_ts":2999}'
    is "$(hits 1 3 | ends c --replayed hit=-)" '{"_stream":"_watermark","_ts":2999}'
    is "$(hits 1 3 | ends d --replayed --drain hit=-)" \
        '{"_stream":"_watermark","_ts":9007199254740991}'
}

@test "what an idle source was passed by with is late after a restart too" {
    mkfifo slow fast
    begin_run() {
        ingest --replayed --idle slow=50ms --epoch 1ms fast=fast slow=slow | sink 3>&- &
        exec 6>fast 5>slow
    }
    printf '{"id":1,"at":1000}\n' >slow.ndjson
    printf '{"id":1,"at":1000}\n' >fast.ndjson
    begin_run
    cat slow.ndjson >&5
    cat fast.ndjson >&6
    for ((id = 2; id < 900; id++)); do # until the watermark that goes without `slow` is logged
        ! grep -q '"watermark_ms":60' st/0-ft-ingest/*.manifest 2>/dev/null || break
        printf '{"id":%d,"at":%d}\n' "$id" $((60000 + id)) | tee -a fast.ndjson >&6
        sleep 0.02
    done
    kill -9 "$(<st/0-ft-ingest/lock)"
    exec 5>&- 6>&-
    wait || true
    begin_run
    printf '{"id":%d,"at":%d}\n' 2 60000 3 61000 >>slow.ndjson
    cat slow.ndjson >&5
    cat fast.ndjson >&6
    poll '[[ $(query "SELECT count(*) FROM slow") == 2 ]]'
    exec 5>&- 6>&-
    wait
    is "$(query 'SELECT id FROM slow' | xargs)" '1 3'
    is "$(query 'SELECT stream, line, reason FROM _rejected')" 'slow|2|late'
}

# ---- filters that hold something ----

# Touches (a) and conversions (b) of one customer, through ft-firsttouch and ft-join.
shop() {
    printf '{"a":%d,"k":"k","at":%d}\n' 1 1000 2 2000 3 9000 4 20000 >a.ndjson
    printf '{"b":%d,"k":"k","at":%d}\n' 1 500 2 4000 3 11000 4 12500 5 21000 >b.ndjson
    printf '{"k":"k","name":"%s"}\n' old new >c.ndjson
}

attribute() {
    ft-firsttouch --state st --touches a --conversions b --by k --window 10s --take a "$@"
}

named() {
    ft-join --state st --from first_touch --with c --on k --take name "$@"
}

shop_in() {
    ingest --lag 5s --time c=none --key c=k "$@" a=a.ndjson b=b.ndjson c=c.ndjson
}

# b, its first touch within 10 s, and the name in the table: worked by hand
attributed='1||new
2|1|new
3|1|new
4|3|new
5|4|new'

touched() {
    query 'SELECT b, a, name FROM first_touch ORDER BY b, rowid'
}

# Row 4 is at 12500: what is 10 s before is 2500, behind the touches at 1000 and 2000.
@test "wherever the pipe is cut, its state is back after the restart" {
    shop
    for n in 1 3 5 8 11 12; do
        for where in 1 2 3; do # behind which filter
            rm -rf st m.db
            at() { if (($1 == where)); then crash_behind "$n"; else cat; fi; }
            shop_in --epoch 1r | at 1 | attribute 2>/dev/null | at 2 | named 2>/dev/null | at 3 |
                sink 2>/dev/null || true
            shop_in --epoch 1r | attribute | named | sink
            is "$(touched)" "$attributed"
        done
    done
}

@test "files that are not sorted at all are held until their end, also across a crash" {
    shop
    sed -n '3,4p;1,2p' a.ndjson >new && mv new a.ndjson
    sed -n '5p;2,4p;1p' b.ndjson >new && mv new b.ndjson
    for n in 1 3 5 8; do
        rm -rf st m.db
        shop_in --lag unbounded --epoch 1r | attribute | named | crash_behind "$n" |
            sink 2>/dev/null || true
        is "$(query 'SELECT name FROM sqlite_master WHERE name = "first_touch"')" ''
        shop_in --lag unbounded --epoch 1r | attribute | named | sink
        is "$(touched)" "$attributed"
    done
}

@test "the state of a filter does not depend on where the epochs of the run before ended" {
    shop
    for n in 1 2 3; do
        rm -rf st m.db
        shop_in --epoch 4r | crash_behind "$n" | attribute 2>/dev/null | named 2>/dev/null |
            sink 2>/dev/null || true
        shop_in --epoch 3r | attribute | named | sink
        is "$(touched)" "$attributed"
    done
}

@test "nothing fires when ft-ingest is killed alone, and the restart is right" {
    shop
    mkfifo a b
    (
        set +e
        bash -c 'echo $$ >pid.new; mv pid.new pid
            exec ft-ingest --state st --replayed --lag 5s --epoch 1ms --time c=none --time at:ms \
                --key c=k a=a b=b c=c.ndjson' 2>ingest.err | attribute 2>attribute.err |
            named 2>named.err | ft-sink --state st sqlite:m.db 2>sink.err
        echo "${PIPESTATUS[*]}" >statuses
    ) 3>&- &
    exec 5>a 6>b
    cat a.ndjson >&5
    cat b.ndjson >&6
    # the watermark stands at 15000 - 1: conversion 5 still waits
    poll '[[ $(query "SELECT count(*) FROM first_touch" 2>/dev/null) == 4 ]]'
    kill -9 "$(<pid)"
    wait
    exec 5>&- 6>&-
    is "$(<statuses)" '137 4 4 4'
    is "$(touched)" "$(head -n 4 <<<"$attributed")"
    rm a b
    ingest --replayed --drain --lag 5s --time c=none --key c=k a=<(cat a.ndjson) b=<(cat b.ndjson) \
        c=c.ndjson 2>err | attribute | named | sink || true
    # other pipes than those that were read: that is for --new-file to say
    [[ $(<err) == *'is not among the sources'* ]]
    mkfifo a b
    cat a.ndjson >a 3>&- &
    cat b.ndjson >b 3>&- &
    ingest --replayed --drain --lag 5s --time c=none --key c=k a=a b=b c=c.ndjson | attribute |
        named | sink
    is "$(touched)" "$attributed"
}

@test "touches that are too old for any conversion to come are not held after a restart" {
    printf '{"a":%d,"k":"k%d","at":%d}\n' 1 1 1000 2 2 2000 3 3 50000 4 4 60000 >a.ndjson
    printf '{"b":1,"k":"k3","at":60000}\n' >b.ndjson
    held() { sed -n 's/^firsttouch_records{.*stream="a",fate="held"} //p' metrics; }
    hold() { # FILTER-OPTION...
        ingest --no-drain --lag 0s --key a=a a=a.ndjson b=b.ndjson | attribute "$@" | sink
    }
    hold --metrics metrics # the watermark is 59999, so those before 49999 have gone
    is "$(held)" 2
    hold --metrics metrics
    is "$(held)" 2
}

@test "--dedup drops after a restart what it had seen before" {
    printf '{"id":%d,"at":%d}\n' 1 1000 2 2000 1 3000 3 4000 2 5000 4 60000 1 61000 >hit.ndjson
    for n in 1 2 3 4 5 6 7; do
        rm -rf st m.db
        for end in crash_behind\ "$n" cat; do
            ingest --epoch 1r hit=hit.ndjson | $end |
                ft-clean --state st --from hit --dedup id --within 10s 2>/dev/null |
                sink 2>/dev/null || true
        done
        is "$(query 'SELECT id, at FROM hit' | xargs)" '1|1000 2|2000 3|4000 4|60000 1|61000'
    done
}

# ---- other settings ----

# The settings of the first run, or of one that goes on; each in the shape of `shop_in | ...`.
settings() {
    shop_in --no-drain "${ingest[@]}" | attribute "${attribute[@]}" | named "${named[@]}" | sink
    cause "${PIPESTATUS[@]}"
}

other() { # MESSAGE: what the run says first
    run -2 --separate-stderr settings
    is "${stderr_lines[0]}" "$1, and this run has $2: go on with that, or begin with a new --state"
    ingest=() attribute=() named=()
}

@test "a run with other settings is exit 2, naming which" {
    local ingest=() attribute=() named=()
    shop
    settings
    attribute=(--window 11s)
    other 'ft-firsttouch: st/1-ft-firsttouch was written with --window (in ms) 10000' 11000
    attribute=(--take 'a AS first')
    run -2 --separate-stderr settings
    [[ $stderr == 'ft-firsttouch: st/1-ft-firsttouch was written with --take '* ]]
    attribute=(--inner)
    run -2 --separate-stderr settings
    [[ $stderr == 'ft-firsttouch: st/1-ft-firsttouch was written with --inner not given, '* ]]
    attribute=() named=(--take 'name AS c_name')
    run -2 --separate-stderr settings
    [[ $stderr == 'ft-join: st/2-ft-join was written with --take '* ]]
    named=() ingest=(--lag 6s)
    other 'ft-ingest: st/0-ft-ingest was written with the lag of a 5000 ms' '6000 ms'
    ingest=(--key a=a)
    run -2 --separate-stderr settings
    [[ $stderr == 'ft-ingest: st/0-ft-ingest was written with the key of a '* ]]
    ingest=(--watermark-step 1m)
    run -2 --separate-stderr settings
    [[ $stderr == 'ft-ingest: st/0-ft-ingest was written with --watermark-step '* ]]
    ingest=() # and with the same it goes on
    settings
}

@test "a filter more or less, or in another place, is exit 2" {
    shop
    shop_in --no-drain | attribute | named | sink
    less() {
        shop_in --no-drain | attribute | sink
        cause "${PIPESTATUS[@]}"
    }
    run -2 --separate-stderr less
    [[ ${stderr_lines[0]} == 'ft-sink: '*' filter'* ]]
    more() {
        shop_in --no-drain | ft-clean --state st | attribute | named | sink
        cause "${PIPESTATUS[@]}"
    }
    run -2 --separate-stderr more
    [[ ${stderr_lines[0]} == 'ft-firsttouch: st/2-ft-firsttouch: there is no snapshot of epoch '* ]]
}

@test "another content of a --table is exit 2; its refused rows are told once" {
    hits 1 4 >hit.ndjson
    printf '%s\n' '{"id":1,"name":"one"}' 'no row' >name.ndjson
    join_in() {
        ingest --epoch 1r hit=hit.ndjson | crash_behind "${1-99}" |
            ft-join --state st --from hit --table name=name.ndjson --on id --take name 2>err |
            sink 2>/dev/null
    }
    join_in 1 || true
    join_in
    is "$(query 'SELECT id, name FROM hit' | xargs)" '1|one 2| 3| 4|'
    is "$(query 'SELECT stream, line FROM _rejected')" 'name|2'
    echo '{"id":2,"name":"two"}' >>name.ndjson
    join_in || true
    [[ $(<err) == 'ft-join: st/1-ft-join was written with a --table of '* ]]
}

@test "every filter of a run with state needs --state, and none of a run without" {
    hits 1 >hit.ndjson
    for filter in 'ft-clean -f hit --dedup id' 'ft-sink sqlite:m.db'; do
        # shellcheck disable=SC2086 # words
        forgotten() {
            ft-ingest --state st --restore 0 --time at:ms hit=hit.ndjson | $filter
            cause "${PIPESTATUS[@]}"
        }
        run -2 --separate-stderr forgotten
        [[ ${stderr_lines[0]} == *': the run has state (pipeline '*'): --state is needed here too' ]]
        rm -rf st
    done
    no_state() { ft-ingest --time at:ms hit=hit.ndjson | sink; }
    run -2 --separate-stderr no_state
    is "${stderr_lines[0]}" 'ft-sink: --state: the input has no state: give ft-ingest --state too'
}

@test "FT_STATE is --state" {
    hits 1 3 >hit.ndjson
    export FT_STATE=st
    for ((i = 0; i < 2; i++)); do
        ft-ingest --restore "$(ft-sink --committed sqlite:m.db)" --time at:ms hit=hit.ndjson |
            ft-sink sqlite:m.db
    done
    is "$(ids)" '1 2 3'
}

# ---- epochs ----

@test "--committed prints 0, then the last epoch; without a state, of each pipeline" {
    hits 1 3 >hit.ndjson
    is "$(ft-sink --state st --committed sqlite:m.db)" 0
    load_in --epoch 1r hit=hit.ndjson
    is "$(ft-sink --state st --committed sqlite:m.db)" 4
    is "$(ft-sink --committed sqlite:m.db)" "$(<st/pipeline) 4"
    is "$(query 'SELECT pipeline, epoch FROM _firsttouch_epochs')" "$(<st/pipeline)|4"
    run -2 --separate-stderr ft-sink --committed -
    is "$stderr" 'ft-sink: --committed: - cannot remember which epoch it was given'
}

@test "a run must say from which epoch it goes on, and it must be one that there was" {
    hits 1 3 >hit.ndjson
    load_in --epoch 1r --no-drain hit=hit.ndjson
    run -2 --separate-stderr ft-ingest --state st --time at:ms hit=hit.ndjson
    is "$stderr" 'ft-ingest: st has epochs up to 4: say which one is committed, --restore "$(ft-sink --committed TARGET)"'
    for epoch in 5 99; do
        run -2 --separate-stderr ft-ingest --state st --restore "$epoch" hit=hit.ndjson
        is "$stderr" 'ft-ingest: --restore: st has epochs up to 4 only: is it the state of that sink?'
    done
    run -2 --separate-stderr ft-ingest --state st --restore 2 hit=hit.ndjson
    [[ $stderr == *'epoch 4 was committed, and 2 is asked for'* ]]
}

@test "a --restore that is too high does no harm" {
    hits 1 6 >hit.ndjson
    load_and_crash 1 --epoch 2r hit=hit.ndjson
    ft-ingest --state st --restore 1 --epoch 1r --time at:ms hit=hit.ndjson >lost
    highest=$(sed -n 's/.*_barrier","epoch":\([0-9]*\).*/\1/p' lost | tail -n 1)
    run -2 --separate-stderr bash -c "ft-ingest --state st --restore $highest --time at:ms \
        hit=hit.ndjson | ft-sink --state st sqlite:m.db"
    [[ $stderr == *"start it again with --restore 1" ]]
    load_in hit=hit.ndjson
    is "$(ids)" "1 2 3 4 5 6"
}

@test "no epoch number is used twice, whatever became of the first" {
    hits 1 9 >hit.ndjson
    : >numbers
    for n in 1 2 1; do # it dies when epochs that are not committed have been logged
        ingest --epoch 1r hit=hit.ndjson >lines
        sed -n 's/^{"_stream":"_barrier","epoch":\([0-9]*\).*/\1/p' lines >>numbers
        crash_behind "$n" <lines | sink 2>/dev/null || true
    done
    load_in --epoch 1r hit=hit.ndjson
    is "$(sort -n numbers | uniq -d)" ''
    is "$(sort -n -c numbers 2>&1)" ''
    is "$(ids)" '1 2 3 4 5 6 7 8 9'
}

@test "snapshots that no restart can ask for any more are deleted" {
    shop
    shop_in --epoch 1r | attribute >lines
    [ "$(find st -name '*.manifest' | wc -l)" -gt 15 ]
    crash_behind 5 <lines | named 2>/dev/null | sink 2>/dev/null || true
    is "$(<st/committed)" 5
    shop_in --no-drain | attribute | named | sink # is epoch 13
    shop_in --no-drain | attribute | named | sink # knows that 13 is committed
    is "$(<st/committed)" 14
    is "$(ls st/0-ft-ingest/*.manifest)" 'st/0-ft-ingest/13.manifest
st/0-ft-ingest/14.manifest'
    is "$(find st/[12]-* -name '*.manifest' ! -name 13.manifest ! -name 14.manifest)" ''
    # nor is there a segment that no manifest points to
    for segment in st/*/*.ndjson; do
        local name=${segment##*/}
        grep -q "{\"part\":\"${name%-*}\",\"segment\":$(tr -dc 0-9 <<<"$name")," "${segment%/*}"/*.manifest
    done
}

@test "what an old pipe commits behind the back of a new one is gone on from" {
    shop
    shop_in --epoch 2r >old # all of it is logged
    shop_in --epoch 3r >new # takes the state over, since nothing is committed
    attribute <old >old.touches
    attribute <new >new.touches
    crash_behind 4 <old.touches | named >old.rows 2>/dev/null || true
    named <new.touches >new.rows
    sink <old.rows 2>/dev/null || true
    is "$(ft-sink --state st --committed sqlite:m.db)" 4
    overtaken() { sink <new.rows; }
    run -2 --separate-stderr overtaken
    [[ $stderr == *'epoch 4 of pipeline '*' is committed, and the run goes on from 0: '* ]]
    shop_in --epoch 2r | attribute | named | sink
    is "$(touched)" "$attributed"
}

@test "snapshots do not pile up in a run that goes on and on" {
    mkfifo in
    (ft-ingest --state st --replayed --epoch 1r --time at:ms hit=in | sink) 3>&- &
    exec 5>in
    for ((n = 1; n <= 20; n++)); do
        hits "$n" >&5
        poll '[[ $(cat st/committed 2>/dev/null) == '"$n"' ]]'
    done
    exec 5>&-
    (($(find st/0-ft-ingest -name '*.manifest' | wc -l) <= 3))
    wait
}

@test "directories of state are 0700 and files 0600, whatever the umask" {
    shop
    for mask in 000 022 077; do
        rm -rf st m.db
        (
            umask "$mask"
            shop_in --epoch 2r | attribute | named | sink
        )
        is "$(find st -type d ! -perm 700)" ''
        is "$(find st -type f ! -perm 600)" ''
        [ "$(find st -type d | wc -l)" -eq 4 ]
    done
}

@test "state that is damaged is exit 3, or 2 when it is of another version, and names the file" {
    shop
    shop_in --no-drain | attribute | named | sink
    cp -r st whole
    goes_on() {
        shop_in --no-drain | attribute | named | sink
        cause "${PIPESTATUS[@]}"
    }
    again() { rm -r st && cp -r whole st; }
    local manifest
    manifest=$(ls st/1-ft-firsttouch/*.manifest)
    truncate -s -1 "$manifest"
    run -3 --separate-stderr goes_on
    [[ ${stderr_lines[0]} == "ft-firsttouch: $manifest: is damaged: "* ]]
    again
    sed -i 's/"version":1/"version":99/' "$manifest"
    run -2 --separate-stderr goes_on
    [[ ${stderr_lines[0]} == *': its state has version 99, and this program reads 1' ]]
    again
    sed -i 's/"new"/"old"/' st/2-ft-join/c-1.ndjson
    run -3 --separate-stderr goes_on
    is "${stderr_lines[0]}" 'ft-join: st/2-ft-join/c-1.ndjson: is damaged: its checksum is not what its manifest says'
    again
    truncate -s -5 st/2-ft-join/c-1.ndjson
    run -3 --separate-stderr goes_on
    [[ ${stderr_lines[0]} == 'ft-join: st/2-ft-join/c-1.ndjson: is damaged: '* ]]
    again
    rm st/0-ft-ingest/*.manifest
    run --separate-stderr goes_on
    [ "$status" -ne 0 ]
    again
    goes_on
}

# ---- the database ----

@test "a table without a key gets each row once over crashes, one with a key too" {
    hits 1 20 >hit.ndjson
    for key in '' '--key id'; do
        rm -rf st m.db
        for n in 1 1 2 1; do
            # shellcheck disable=SC2086 # words
            load_and_crash "$n" $key --time at:ms --epoch 3r hit=hit.ndjson
        done
        # shellcheck disable=SC2086
        load_in $key --epoch 3r hit=hit.ndjson
        is "$(ids)" "$(seq -s ' ' 20)"
    done
}

# The tables that a user may want: with a rule of their own.
ruled() { # RULE
    query "ALTER TABLE hit RENAME TO was; CREATE TABLE hit (id, at, note, $1);
        INSERT INTO hit (id, at, note) SELECT id, at, note FROM was; DROP TABLE was"
}

@test "a value that its column cannot hold goes to _rejected in the same transaction" {
    printf '{"id":%d,"at":%d,"note":"%s"}\n' 1 1000 a >hit.ndjson
    load_in --no-drain hit=hit.ndjson
    for rule in 'CHECK (id < 100)' 'UNIQUE (note)'; do
        ruled "$rule"
        printf '{"id":%d,"at":%d,"note":"%s"}\n' 2 2000 b 500 3000 b 3 4000 c >>hit.ndjson
        load_and_crash 1 --no-drain --epoch 3r hit=hit.ndjson
        is "$(ids)" '1 2 3'
        [[ $(query 'SELECT filter, stream, reason FROM _rejected') == \
            'ft-sink|hit|does not fit the table: '*' constraint failed: '* ]]
        load_in --no-drain --epoch 3r hit=hit.ndjson
        is "$(ids)" '1 2 3'
        is "$(query 'SELECT count(*) FROM _rejected')" 1
        rm -r st m.db
        head -n 1 hit.ndjson >first && mv first hit.ndjson
        load_in --no-drain hit=hit.ndjson
    done
}

@test "a null in a column that must not be null goes to _rejected too" {
    printf '{"id":%d,"at":%d,"note":"%s"}\n' 1 1000 a >hit.ndjson
    load_in --no-drain hit=hit.ndjson
    query "ALTER TABLE hit RENAME TO was; CREATE TABLE hit (id, at, note NOT NULL);
        INSERT INTO hit SELECT id, at, note FROM was; DROP TABLE was"
    { hits 2 && printf '{"id":3,"at":3000,"note":"c"}\n'; } >>hit.ndjson
    load_in --no-drain hit=hit.ndjson
    is "$(ids)" '1 3'
    is "$(query 'SELECT reason FROM _rejected')" \
        'does not fit the table: NOT NULL constraint failed: hit.note'
}

@test "ft-sink takes no run that goes on from another epoch than its own" {
    hits 1 4 >hit.ndjson
    ingest --epoch 1r hit=hit.ndjson >lines
    crash_behind 2 <lines | sink 2>/dev/null || true
    again() { sink <lines; } # which begins at 0
    run -2 --separate-stderr again
    is "$stderr" "ft-sink: sqlite:m.db: epoch 2 of pipeline $(<st/pipeline) is committed, and the run goes on from 0: start it again with --restore 2"
    ahead() { sed 's/"restore":null/"restore":3/' lines | sink; }
    run -2 --separate-stderr ahead
    [[ $stderr == *'epoch 2 of pipeline '*' is committed, and the run goes on from 3: '* ]]
    is "$(ids)" '1 2'
}

@test "tables of another pipeline, and of runs without state, are not written to" {
    hits 1 3 >hit.ndjson
    load_in hit=hit.ndjson
    mv st first
    run -2 --separate-stderr load_in hit=hit.ndjson
    is "$stderr" "ft-sink: sqlite:m.db: table _rejected belongs to pipeline $(<first/pipeline), and this is $(<st/pipeline): go on with the state of that, drop the table, or choose another name"
    stateless() { ft-ingest --time at:ms hit=hit.ndjson | ft-sink "$@"; }
    run -2 --separate-stderr stateless sqlite:m.db
    is "$stderr" "ft-sink: sqlite:m.db: table _rejected belongs to pipeline $(<first/pipeline), which has state: go on with that"
    is "$(ids)" '1 2 3'
    rm -r st m.db
    stateless sqlite:m.db
    refuses 2 'ft-sink: sqlite:m.db: table _rejected was filled by a run without state: drop it, or choose another name' \
        hit=hit.ndjson
    is "$(ids)" '1 2 3'
}

@test "two pipelines share a database when their tables have other names" {
    hits 1 3 >hit.ndjson
    sed 's/id/page/' hit.ndjson >page.ndjson
    one() { load_in --epoch 1r hit=hit.ndjson; }
    two() {
        local committed
        committed=$(ft-sink --state st2 --committed sqlite:m.db)
        ft-ingest --state st2 --restore "$committed" --time at:ms page=page.ndjson |
            ft-sink --state st2 sqlite:m.db page refused=_rejected
    }
    one && two && one && two
    is "$(query 'SELECT count(*) FROM hit; SELECT count(*) FROM page')" '3
3'
    is "$(query 'SELECT count(*) FROM _firsttouch_epochs')" 2
}

@test "a database that was deleted does not fit the state; both deleted begin again" {
    hits 1 3 >hit.ndjson
    load_in --epoch 1r hit=hit.ndjson
    rm m.db
    run -2 --separate-stderr load_in hit=hit.ndjson
    is "${stderr_lines[0]}" 'ft-ingest: --restore: epoch 4 was committed, and 0 is asked for: is that the sink of st? To begin again remove the directory'
    rm -rf st m.db
    load_in hit=hit.ndjson
    is "$(ids)" '1 2 3'
}

@test "a state that was deleted does not begin again into the tables that were kept" {
    hits 1 3 >hit.ndjson
    load_in hit=hit.ndjson
    rm -r st
    run -2 --separate-stderr load_in hit=hit.ndjson
    [[ ${stderr_lines[0]} == 'ft-sink: sqlite:m.db: table _rejected belongs to pipeline '* ]]
    is "$(ids)" '1 2 3'
}

@test "a recording is replayed from its start, and has no state" {
    hits 1 3 >hit.ndjson
    ft-ingest --time at:ms hit=hit.ndjson >bronze
    run -2 --separate-stderr ft-ingest --state st --tagged bronze
    [[ $stderr == 'ft-ingest: --tagged'* ]]
    [ ! -e st ]
}

@test "standard output cannot remember an epoch: exit 2 with state" {
    hits 1 3 >hit.ndjson
    printed() { ft-ingest --state st --time at:ms hit=hit.ndjson | ft-sink --state st -; }
    run -2 --separate-stderr printed
    is "${stderr_lines[0]}" 'ft-sink: - cannot remember which epoch it was given: with --state, write to a database'
}

# ---- the pipeline, and kills ----

@test "run goes on after a crash, and has nothing to do when it is done" {
    mkdir shop && "${FT_BUILD:-$root/build}/random-shop" 7 shop
    first_touch() { "$root/pipelines/first-touch/run" --input shop --sink sqlite:m.db "$@"; }
    crash() { # LOCK CONDITION: kills who holds it as soon as that is so
        first_touch --state st --epoch 4r 2>/dev/null 3>&- &
        local run=$! status=0
        poll "$2"
        kill -9 "$(<"st/$1")"
        wait "$run" || status=$?
        [ "$status" -eq 137 ]
    }
    crash sink.lock '[[ $(cat st/committed 2>/dev/null || echo 0) -ge 3 ]]'
    cp st/2-ft-firsttouch/lock before
    # (in this order: it is emptied before the new number is written)
    crash 2-ft-firsttouch/lock '! cmp -s before st/2-ft-firsttouch/lock &&
        [[ -s st/2-ft-firsttouch/lock ]]'
    first_touch --state st
    "$root/tests/oracle/oracle" --mart m.db | diff <("$root/tests/oracle/oracle" shop) -
    is "$(find st -type d ! -perm 700 -o -type f ! -perm 600)" ''
    query 'SELECT * FROM mart_order_first_touch ORDER BY order_id; SELECT * FROM _rejected' >first
    first_touch --state st
    query 'SELECT * FROM mart_order_first_touch ORDER BY order_id; SELECT * FROM _rejected' | diff first -
}

@test "a pipe whose state another one holds waits, and then is exit 3 and says who it is" {
    cd "$BATS_FILE_TMPDIR"
    poll '[[ -s ingest.status && -s sink.status ]]'
    is "$(<ingest.status) $(<ingest.err)" "3 ft-ingest: st/0-ft-ingest: is in use by process $(<st/0-ft-ingest/lock)"
    is "$(<sink.status) $(<sink.err)" "3 ft-sink: st: is in use by process $(<st/sink.lock)"
    is "$(<sink.out)" ''
    is "$(sqlite3 m.db 'SELECT count(*) FROM hit')" 1
}

@test "a pipe that waits for another's state goes on when that one ends" {
    hits 1 3 >hit.ndjson
    mkfifo in
    (ft-ingest --state st --replayed --time at:ms hit=in | sink) 3>&- &
    exec 5>in
    hits 1 >&5
    poll '[[ $(ids 2>/dev/null) == 1 ]]'
    ft-sink --state st --committed sqlite:m.db >committed 3>&- 5>&- &
    local waiting=$!
    sleep 0.2
    [ ! -s committed ]
    hits 2 >&5
    exec 5>&-
    wait "$waiting"
    is "$(ids)" '1 2'
    is "$(<committed)" "$(query 'SELECT epoch FROM _firsttouch_epochs')"
    wait
}

# A trial or two of each pipeline. Seeds are the same each time, the moments are not: a failure says
# how to run that trial again.
@test "processes killed at any moment lose no row and double none" {
    local kills=35
    [[ ${FT_BUILD-} != *sanitize* ]] || kills=20
    TMPDIR=$BATS_TEST_TMPDIR "$root/tests/kill/kill" "$kills" 1 >out
    cat out
    [[ $(tail -n 1 out) =~ ^([0-9]+)\ kills,\ [0-9]+\ restarts,\ 0\ lost,\ 0\ doubled$ ]]
    ((BASH_REMATCH[1] >= kills))
}

@test "a filter that was taken out of the pipe or put into it is noticed by the sink" {
    printf '{"ts":%d,"page":"a"}\n' 1000 2000 >hit.ndjson
    export FT_STATE=st
    hits() { ft-ingest --restore "$(ft-sink --committed sqlite:m.db)" --no-drain --time ts:ms \
        hit=hit.ndjson | "$@" | ft-sink sqlite:m.db; }
    hits ft-clean
    printf '{"ts":%d,"page":"b"}\n' 3000 >>hit.ndjson
    run -2 --separate-stderr hits cat
    [[ $stderr == *'had 2 filters before ft-sink, and this run has 1: go on with those' ]]
    hits ft-clean
    [ "$(sqlite3 m.db 'SELECT group_concat(page) FROM hit')" = a,a,b ]
}
