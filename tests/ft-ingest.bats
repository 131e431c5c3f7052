#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2030,SC2031 # $output and $stderr are set by run
# shellcheck disable=SC2002,SC2094 # cat makes a pipe of a file, which is what is tested

load common

schema='{"_stream":"_schema","stream":"event","kind":"append","time":"ts"}'

# One record {"ts":TIME} for each TIME.
events() {
    printf '{"ts":%s}\n' "$@"
}

# Expected output in short: a number is the event of that time, wN the watermark N, and any other
# word a line as it stands. The begin and one schema come before it, the end behind it.
tagged() {
    local word
    for word; do
        case $word in
        w*) printf '{"_stream":"_watermark","_ts":%s}\n' "${word#w}" ;;
        [0-9-]*) printf '{"_stream":"event","_ts":%s,"ts":%s}\n' "$word" "$word" ;;
        *) printf '%s\n' "$word" ;;
        esac
    done
}

stream() {
    printf '%s\n' "$begin" "$schema"
    tagged "$@"
    printf '%s\n' "$end"
}

# What late SOURCE LINE OFFSET TIME looks like.
late() {
    printf '{"_stream":"_rejected","filter":"ft-ingest","stream":"event","source":"%s",' "$1"
    printf '"line":%s,"byte_offset":%s,"reason":"late","column":"ts",' "$2" "$3"
    printf '"record_time":%s,"raw":"{\\"ts\\":%s}"}' "$4" "$4"
}

# The command's output is what standard input has, and it says nothing else.
gives() {
    cat > expected
    "$@" > output 2> message
    diff -u expected output
    [ ! -s message ]
}

# refuses STATUS MESSAGE COMMAND...
refuses() {
    run "-$1" --separate-stderr "${@:3}"
    [ "$stderr" = "$2" ]
}

reasons() {
    jq -r 'select(._stream == "_rejected") | .reason'
}

# Only the records, as lines.
records() {
    grep -v '^{"_stream":"_'
}

# Waits until FILE has a line with TEXT.
wait_for() {
    local i
    for ((i = 0; i < 500; i++)); do
        grep -qF -- "$2" "$1" && return
        sleep 0.01
    done
    echo "nothing like $2 in $1:"
    cat "$1"
    return 1
}

# ---- watermarks and lateness ----

@test "with a lag of 15 s the record 15001 ms behind the highest is late, the next is not" {
    events 1735689600000 1735689584999 1735689585000 > a
    stream 1735689600000 w1735689584999 "$(late a 2 21 1735689584999)" 1735689585000 |
        gives ft-ingest --time ts:ms --lag 15s event=a
}

@test "a watermark stands behind the record that moved it by half the lag, and nowhere else" {
    events 10000 11999 12000 11000 13999 20000 > a
    stream 10000 w5999 11999 12000 w7999 11000 13999 20000 w15999 |
        gives ft-ingest --time ts:ms --lag 4s event=a
}

@test "the step is at least one second" {
    events 10000 10999 11000 11001 11999 12000 > a
    stream 10000 w9989 10999 11000 w10989 11001 11999 12000 w11989 |
        gives ft-ingest --time ts:ms --lag 10ms event=a
}

@test "the step is half of the smallest lag of all sources" {
    events 100000 103999 104000 > a
    events 100000 > b
    gives ft-ingest --time ts:ms --lag 8s --lag wide=60s event=a wide=b < <(
        echo "$begin"
        echo "$schema"
        echo '{"_stream":"_schema","stream":"wide","kind":"append","time":"ts"}'
        tagged 100000 '{"_stream":"wide","_ts":100000,"ts":100000}' w39999
        # W of wide is lower, so it is read on: it ends, and event alone holds the watermark
        tagged 103999 w95998 104000
        echo "$end"
    )
}

@test "--watermark-step says how often the watermark is put out" {
    events 1000 1001 1003 1003 1004 > a
    stream 1000 w999 1001 w1000 1003 w1002 1003 1004 w1003 |
        gives ft-ingest --time ts:ms --watermark-step 1ms event=a
    stream 1000 w999 1001 1003 w1002 1003 1004 |
        gives ft-ingest --time ts:ms --watermark-step 2ms event=a
}

@test "without a lag a record at the highest time is in time and one below it is late" {
    events 5000 5000 4999 5000 > a
    stream 5000 w4999 5000 "$(late a 3 24 4999)" 5000 | gives ft-ingest --time ts:ms event=a
}

@test "a late record does not move the watermark, and is judged by the records before it" {
    events 10000 8999 9000 8998 30000 28999 29000 9000 > a
    stream 10000 w8999 "$(late a 2 13 8999)" 9000 "$(late a 4 37 8998)" 30000 w28999 \
        "$(late a 6 62 28999)" 29000 "$(late a 8 88 9000)" |
        gives ft-ingest --time ts:ms --lag 1s event=a
}

@test "with an unbounded lag nothing is late and the watermark moves at the end only" {
    events 5000000 1 600000000 -7 5 > a
    stream 5000000 1 600000000 -7 5 | gives ft-ingest --time ts:ms --lag unbounded event=a
}

@test "times before 1970 are times like others" {
    events -10000 -11000 -11001 0 > a
    stream -10000 w-11001 -11000 "$(late a 3 28 -11001)" 0 w-1001 |
        gives ft-ingest --time ts:ms --lag 1s event=a
}

# ---- many sources ----

@test "files are merged by event time: the one with the lowest watermark is read on" {
    events 1000 3000 5000 > a
    events 2000 3000 4000 > b
    # W of a and b after each line: -1|  -1|999  1999|999  1999|1999: a's turn  3999|1999 3999|2999
    stream 1000 2000 w-1 3000 w999 3000 w1999 5000 4000 w2999 |
        gives ft-ingest --time ts:ms --lag 1s event=a event=b
}

@test "a source that has ended holds the watermark back no longer" {
    events 1000 > a
    events 2000 3000 4000 > b
    stream 1000 2000 w-1 3000 w1999 4000 w2999 |
        gives ft-ingest --time ts:ms --lag 1s event=a event=b
}

@test "sources are equal when their watermarks are: the one named first is read" {
    printf '{"ts":%s,"n":"a"}\n' 1000 2000 > a
    printf '{"ts":%s,"n":"b"}\n' 1000 2000 > b
    printf '{"ts":%s,"n":"c"}\n' 1000 2000 > c
    ft-ingest --time ts:ms event=c event=a event=b | records | jq -r '.n + (.ts | tostring)' |
        paste -sd ' ' > output
    [ "$(cat output)" = 'c1000 a1000 b1000 c2000 a2000 b2000' ]
}

@test "lateness is a matter of each source, not of its stream" {
    events 10000 20000 > a
    events 1000 2000 1999 > b
    stream 10000 1000 w999 2000 w1999 "$(late b 3 24 1999)" 20000 w19999 |
        gives ft-ingest --time ts:ms event=a event=b
    [ "$(grep -c '"_schema"' output)" = 1 ]
}

@test "a source with an unbounded lag is read whole before the others" {
    events 7000 3000 > b
    events 1000 > a
    # a is read first (it is named first), b promises nothing and so is lowest until its end
    stream 1000 7000 3000 | gives ft-ingest --time ts:ms --lag unbounded event=a event=b
    gives ft-ingest --time ts:ms --lag other=unbounded event=a other=b < <(
        printf '%s\n' "$begin" "$schema" "${schema/event/other}"
        tagged 1000 '{"_stream":"other","_ts":7000,"ts":7000}' \
            '{"_stream":"other","_ts":3000,"ts":3000}'
        echo "$end"
    )
}

@test "tables are read before everything that has a time, in the order of the command line" {
    events 1000 > a
    echo '{"id":1}' > t
    echo '{"id":2}' > u
    gives ft-ingest --time event=ts:ms --key id event=a u=u t=t < <(
        echo "$begin"
        echo '{"_stream":"_schema","stream":"event","kind":"append","key":["id"],"time":"ts"}'
        echo '{"_stream":"_schema","stream":"u","kind":"upsert","key":["id"]}'
        echo '{"_stream":"_schema","stream":"t","kind":"upsert","key":["id"]}'
        echo '{"_stream":"u","id":2}'
        echo '{"_stream":"t","id":1}'
        tagged 1000 w999
        echo "$end"
    )
}

@test "identical files give identical lines" {
    for i in {1..400}; do echo "{\"ts\":$((i * 7919 % 4001 * 100)),\"i\":$i}"; done > a
    for i in {1..300}; do echo "{\"ts\":$((i * 104729 % 3001 * 100)),\"i\":$i}"; done > b
    ft-ingest --time ts:ms --lag 90s event=a other=b > first
    ft-ingest --time ts:ms --lag 90s event=a other=b > second
    cmp first second
    [ "$(grep -c '"_rejected"' first)" -gt 50 ]
    # every record is there once, as a record or as a rejected one
    [ "$(jq -c 'if ._stream == "_rejected" then .raw | fromjson else select(.i) end | .i' first |
        sort -n | uniq -c | awk '{print $1}' | sort | uniq -c | xargs)" = '100 1 300 2' ]
}

# ---- the time ----

@test "a record without a time, or with null, is rejected and says which column" {
    printf '%s\n' '{"a":1}' '{"ts":null}' '{}' > a
    ft-ingest --time ts:ms event=a > output
    run ! records < output
    [ "$(reasons < output | uniq -c | xargs)" = '3 column ts: there is no time' ]
    [ "$(grep -c '"column":"ts","raw"' output)" = 3 ]
}

@test "with missing: always a row without a time is valid for ever, before timed rows only" {
    cat > contract.json <<'EOF'
{"streams":{"price":{"key":"id","kind":"upsert",
  "time":{"column":"at","unit":"ms","missing":"always"}}}}
EOF
    printf '%s\n' '{"id":1}' '{"id":2,"at":5000}' '{"id":3}' '{"id":4,"at":null}' > a
    gives ft-ingest -c contract.json price=a < <(
        echo "$begin"
        echo '{"_stream":"_schema","stream":"price","kind":"upsert","key":["id"],"time":"at"}'
        echo '{"_stream":"price","id":1}'
        echo '{"_stream":"price","_ts":5000,"id":2,"at":5000}'
        tagged w4999
        reject='{"_stream":"_rejected","filter":"ft-ingest","stream":"price","source":"a",'
        echo "$reject"'"line":3,"byte_offset":28,"reason":"late","column":"at","raw":"{\"id\":3}"}'
        echo "$reject"'"line":4,"byte_offset":37,"reason":"late","column":"at",'\
'"raw":"{\"id\":4,\"at\":null}"}'
        echo "$end"
    )
}

@test "times are read in the unit that is declared, and rounded down to the millisecond" {
    tr -d '\n' > a <<'EOF'
{"s":1735689600,"us":1735689600123999,"ns":1735689600123999999,"u":-1,
"r":"2025-01-01T01:00:00.1239+01:00","l":"2025-03-30 03:00:00.5"}
EOF
    time_of() { ft-ingest --time "$1" --lag unbounded event=a | records | jq ._ts; }
    [ "$(time_of s:s)" = 1735689600000 ]
    [ "$(time_of us:us)" = 1735689600123 ]
    [ "$(time_of ns:ns)" = 1735689600123 ]
    [ "$(time_of r:rfc3339)" = 1735689600123 ]
    [ "$(time_of u:us)" = -1 ]
    [ "$(time_of u:s)" = -1000 ]
    [ "$(time_of l:UTC)" = 1743303600500 ]
}

@test "local times follow the zone's clock through its changes" {
    [ -e /usr/share/zoneinfo/Europe/Paris ] || skip 'there is no time zone data'
    # Paris: UTC+1 until 2025-03-30 01:00Z and from 2025-10-26 01:00Z, UTC+2 between
    printf '{"ts":"%s"}\n' '2025-03-30 00:00:00' '2025-03-30 01:59:59.999' '2025-03-30 03:00:00' \
        '2025-03-31 00:00:00' '2025-10-26 00:00:00' '2025-10-27 00:00:00' > a
    ft-ingest --time ts:Europe/Paris event=a | records | jq ._ts > output
    diff -u - output <<'EOF'
1743289200000
1743296399999
1743296400000
1743372000000
1761429600000
1761519600000
EOF
}

@test "a time that is none is rejected and the reason shows it" {
    printf '{"ts":%s}\n' '"2025-01-01T00:00:00Z"' 1.5 1e3 true '[1]' 9223372036854775808 \
        9007199254740991 -9007199254740991 '""' > a
    ft-ingest --time ts:ms event=a > output
    run ! records < output
    reasons < output | diff -u - <(cat <<'EOF'
column ts: "2025-01-01T00:00:00Z" is not an integer of epoch milliseconds
column ts: 1.5 is not an integer of epoch milliseconds
column ts: 1e3 is not an integer of epoch milliseconds
column ts: true is not an integer of epoch milliseconds
column ts: [1] is not an integer of epoch milliseconds
column ts: 9223372036854775808 is out of range for timestamp
column ts: 9007199254740991 is out of range
column ts: -9007199254740991 is out of range
column ts: "" is not an integer of epoch milliseconds
EOF
)
    printf '{"ts":%s}\n' 1 '"2025-02-29T00:00:00Z"' '"2025-01-01 00:00:00"' > a
    ft-ingest --time ts:rfc3339 event=a | reasons | diff -u - <(cat <<'EOF'
column ts: 1 is not an RFC 3339 timestamp
column ts: "2025-02-29T00:00:00Z" is not an RFC 3339 timestamp
column ts: "2025-01-01 00:00:00" is not an RFC 3339 timestamp
EOF
)
    printf '{"ts":%s}\n' '"2025-01-01T00:00:00Z"' > a
    [ "$(ft-ingest --time ts:UTC event=a | reasons)" = \
        'column ts: "2025-01-01T00:00:00Z" is not a timestamp like 2025-01-31 23:59:59' ]
}

@test "a reason shows at most 64 bytes of a value, and no control characters" {
    long=$(printf 'x%.0s' {1..100})
    printf '{"ts":"%s"}\n' "$long" > a
    ft-ingest --time ts:ms event=a | reasons > output
    [ "$(cat output)" = "column ts: \"${long:0:63}... is not an integer of epoch milliseconds" ]
    printf '{"ts":"\x7f"}\n' > a
    [ "$(ft-ingest --time ts:ms event=a | reasons)" = \
        'column ts: "\x7f" is not an integer of epoch milliseconds' ]
}

@test "a time in another unit than the declared one is rejected, with a good and the bad value" {
    events 1735689600000 1735689600 1735689600000000 1735689600000000000 1735689600000 > a
    ft-ingest --time ts:ms event=a > output
    [ "$(records < output | wc -l)" = 2 ]
    good='; a good one was 2025-01-01T00:00:00.000Z'
    reasons < output > said
    diff -u - said <<EOF
unit: column ts: 1735689600 makes no sense in ms, and is 2025-01-01T00:00:00.000Z in s$good
unit: column ts: 1735689600000000 makes no sense in ms, and is 2025-01-01T00:00:00.000Z in us$good
unit: column ts: 1735689600000000000 makes no sense in ms, and is \
2025-01-01T00:00:00.000Z in ns$good
EOF
    # the watermark has not moved to the year 56971: the last record is not late
    [ "$(tail -5 output | grep -c '"_ts":1735689600000')" = 1 ]
}

@test "a time that is implausible in every unit is what it says" {
    events 0 1 86400000 > a
    [ "$(ft-ingest --time ts:ms event=a | records | jq -c ._ts | xargs)" = '0 1 86400000' ]
}

@test "--max-future rejects times so far beyond the clock; over files there is no such bound" {
    events 1000 7258118399999 1001 > a
    ft-ingest --time ts:ms --max-future 1h event=a > output
    [ "$(records < output | jq -c ._ts | xargs)" = '1000 1001' ]
    reasons < output | grep -Ex \
        'future: column ts: 7258118399999 is later than 20[0-9]{2}-[0-9-]+T[0-9:.]+Z'
    grep -F '"column":"ts","record_time":7258118399999,"raw"' output
    [ "$(ft-ingest --time ts:ms event=a | reasons)" = late ]
}

@test "a live run rejects times more than an hour ahead, without being asked" {
    events 1000 7258118399999 1001 > a
    cat a | ft-ingest --time ts:ms event=- | reasons | grep -x 'future: column ts: 7258.*'
    [ "$(cat a | ft-ingest --time ts:ms event=- | reasons | wc -l)" = 1 ]
    [ "$(cat a | ft-ingest --time ts:ms --max-future 20000w event=- | reasons)" = late ]
}

@test "the contract's type and range hold for the time before the watermark sees it" {
    cat > contract.json <<'EOF'
{"streams":{"event":{"time":{"column":"ts","unit":"ms"},"columns":[
  {"name":"ts","type":"timestamp","min":"2025-01-01T00:00:00Z","max":"2025-12-31T00:00:00Z"}]}}}
EOF
    events 1735689599999 1735689600000 1767139200001 1735689600001 > a
    ft-ingest -c contract.json event=a > output
    [ "$(records < output | jq -c ._ts | xargs)" = '1735689600000 1735689600001' ]
    reasons < output | diff -u - <(cat <<'EOF'
column ts: 1735689599999 is below the minimum
column ts: 1767139200001 is above the maximum
EOF
)
}

# ---- what a line is ----

@test "empty lines are skipped, CRLF is accepted, a byte order mark is stripped" {
    printf '\xef\xbb\xbf{"ts":1}\r\n\r\n\n  \t\n {"ts":2} \r\n{"ts":3}' > a
    stream 1 w0 2 3 | gives ft-ingest --time ts:ms event=a
}

@test "a byte order mark anywhere else is not JSON" {
    printf '{"ts":1}\n\xef\xbb\xbf{"ts":2}\n' > a
    [ "$(ft-ingest --time ts:ms event=a | reasons)" = 'not a JSON object' ]
}

@test "empty input is a stream without records" {
    : > a
    stream | gives ft-ingest --time ts:ms event=a
    printf '\xef\xbb\xbf' > a
    stream | gives ft-ingest --time ts:ms event=a
    printf '\n\n' | gzip > a
    stream | gives ft-ingest --time ts:ms event=a
}

@test "a last line without newline counts when it is whole and is rejected when it was cut off" {
    printf '{"ts":1}\n{"ts":2}' > a
    stream 1 w0 2 | gives ft-ingest --time ts:ms event=a
    printf '{"ts":1}\n{"ts":2' > a
    reject='{"_stream":"_rejected","filter":"ft-ingest","stream":"event","source":"a","line":2,'
    stream 1 w0 "$reject"'"byte_offset":9,"reason":"unterminated object","raw":"{\"ts\":2"}' |
        gives ft-ingest --time ts:ms event=a
}

@test "a line over --max-line is rejected with its first bytes and its length; the next is read" {
    long=$(printf 'x%.0s' {1..3000})
    printf '{"ts":1,"a":"%s"}\n{"ts":2}\n' "$long" > a
    start="{\"ts\":1,\"a\":\"${long:0:1011}" # 1024 bytes
    ft-ingest --time ts:ms --max-line 3000 event=a > output
    jq -r 'select(._stream == "_rejected") | .reason, .line, .byte_offset, .raw' output |
        diff -u - <(echo 'the line has 3015 bytes, more than --max-line allows'
            printf '%s\n' 1 0 "$start")
    [ "$(records < output)" = '{"_stream":"event","_ts":2,"ts":2}' ]
    # to the byte
    [ "$(ft-ingest --time ts:ms --max-line 3015 event=a | records | wc -l)" = 2 ]
    [ "$(ft-ingest --time ts:ms --max-line 3014 event=a | records | wc -l)" = 1 ]
    # the last one, without newline
    printf '{"ts":1}\n{"ts":2 }' > a
    [ "$(ft-ingest --time ts:ms --max-line 8 event=a | reasons)" = \
        'the line has 9 bytes, more than --max-line allows' ]
}

@test "a line longer than any buffer is skipped while it is read" {
    { echo '{"ts":1}'; head -c 20000000 /dev/zero | tr '\0' a; echo; echo '{"ts":2}'; } > a
    ft-ingest --time ts:ms event=a > output
    [ "$(records < output | wc -l)" = 2 ]
    [ "$(reasons < output)" = 'the line has 20000000 bytes, more than --max-line allows' ]
    cat a | ft-ingest --time ts:ms event=- | grep -v '"_barrier"\|"_begin"' > piped
    grep -v '"_barrier"\|"_begin"' output | sed 's/"source":"a"/"source":"standard input"/' |
        diff - piped
}

@test "what is not a JSON object is rejected and the reason says why" {
    while IFS=$'\t' read -r line reason; do
        printf '{"a":"x","b":[1]}\n%b\n' "$line"
        echo "$reason" >&3
    done 3> expected > a <<'EOF'
not json	not a JSON object
[{"a":1}]	not a JSON object
42	not a JSON object
"text"	not a JSON object
null	not a JSON object
{"a":"x","b":[1]	unterminated object
{"a":"x","b":[1]}}	text behind the object
{"a":"x","b":[1]} {"a":"x","b":[1]}	text behind the object
{"a":"x","b":[1]},	text behind the object
{"a":"x","b":[1,]}	bad number
{"a":"x","b":[01]}	bad number
{"a":"x","b":[+1]}	bad number
{"a":"x","b":[nul]}	not a JSON value
{'a':"x","b":[1]}	expected a member name
{"a":"x",}	expected a member name
{"a" "x"}	expected : behind a member name
{"a":"x" "b":[1]}	expected , or } in an object
{"a":"x","b":[1 2]}	expected , or ] in an array
{"a":"x,"b":[1]}	expected , or } in an object
{"a":"x	unterminated string
{"a":"\\x","b":[1]}	bad escape
{"a":"\\u12g4","b":[1]}	bad escape
{"a":"\\u0000","b":[1]}	the escape \u0000
{"a":"\\ud800","b":[1]}	unpaired surrogate
{"a":"\\udc00\\ud800","b":[1]}	unpaired surrogate
{"a":"\\ud800\\u0041","b":[1]}	unpaired surrogate
{"a":"\t","b":[1]}	control character in a string
{"a":"\x01","b":[1]}	control character in a string
{"a\x1f":"x","b":[1]}	control character in a string
{"a":"\xff","b":[1]}	invalid UTF-8
{"a":"\xc0\x80","b":[1]}	invalid UTF-8
{"a":"\xed\xa0\x80","b":[1]}	invalid UTF-8
{"a":"\xf4\x90\x80\x80","b":[1]}	invalid UTF-8
{"a":"\xe2\x82","b":[1]}	invalid UTF-8
EOF
    ft-ingest t=a > output
    jq -R -r 'fromjson? | select(._stream == "_rejected") | .reason' output | diff -u expected -
    [ "$(records < output | wc -l)" = "$(wc -l < expected)" ]
    [ "$(records < output | uniq)" = '{"_stream":"t","a":"x","b":[1]}' ]
}

@test "good lines of any form pass as the bytes they were" {
    cat > a <<'EOF'
{}
{ }
{"a":18446744073709551616,"b":0.1000,"c":-0,"d":1E400,"e":1e-7,"f":10000000000.10}
{"z":1,"a":2,"Z":3}
{"a":"\u00e4\/\ud83d\ude00\n","ä":"😀","":""}
 { "a" : [ 1 , { "b" : null } , [ ] , { } ] , "c" : true }
{"a":{"ab":1},"b":{"ab":2},"ab":3}
EOF
    ft-ingest t=a | records > output
    diff -u - output <<'EOF'
{"_stream":"t"}
{"_stream":"t" }
{"_stream":"t","a":18446744073709551616,"b":0.1000,"c":-0,"d":1E400,"e":1e-7,"f":10000000000.10}
{"_stream":"t","z":1,"a":2,"Z":3}
{"_stream":"t","a":"\u00e4\/\ud83d\ude00\n","ä":"😀","":""}
{"_stream":"t", "a" : [ 1 , { "b" : null } , [ ] , { } ] , "c" : true }
{"_stream":"t","a":{"ab":1},"b":{"ab":2},"ab":3}
EOF
}

@test "an object may be 256 deep and not 257" {
    times() { printf "$2%.0s" $(seq "$1"); }
    nested() { printf '{"a":%s%s}\n' "$(times "$1" '[')" "$(times "$1" ']')"; }
    objects() { printf '%s1%s\n' "$(times "$1" '{"a":')" "$(times "$1" '}')"; }
    { nested 255; nested 256; objects 256; objects 257; nested 255; } > a
    ft-ingest t=a > output
    [ "$(records < output | wc -l)" = 3 ]
    grep '"_rejected"' output | jq -c '[.line, .reason]' | diff -u - <(cat <<'EOF'
[2,"nested deeper than 256"]
[4,"nested deeper than 256"]
EOF
)
}

@test "a member that stands twice in one object is rejected, however it is spelled" {
    {
        for i in {1..40}; do printf '"m%s":1,' "$i"; done | sed 's/^/{/; s/,$/,"m\\u0037":2}\n/'
        cat <<'EOF'
{"a":1,"a":1}
{"ab":1,"c":2,"a\u0062":3}
{"a":{"b":1,"b":2}}
{"a":[0,{"ab":1,"\u0061b":2}]}
{"ä":1,"\u00e4":2}
{"😀":1,"\ud83d\ude00":2}
{"/":1,"\/":2}
{"":1,"":2}
{"t":1,"t":2}
EOF
    } > a
    ft-ingest t=a > output
    run ! records < output
    [ "$(reasons < output | uniq -c | xargs)" = '10 a member twice in one object' ]
}

@test "reserved members cannot be smuggled into an append stream" {
    cat > a <<'EOF'
{"_stream":"event","ts":1}
{"\u005fstream":"_end","ts":1}
{"ts":1,"_stream":"other"}
{"ts":1,"_strea\u006d":null}
{"_ts":1,"ts":1}
{"\u005Fts":99999,"ts":1}
{"_op":"delete","ts":1}
{"ts":1,"_o\u0070":"delete"}
{"ts":1,"x":{"_stream":1,"_ts":2,"_op":3}}
EOF
    ft-ingest --time ts:ms event=a > output
    [ "$(records < output)" = \
        '{"_stream":"event","_ts":1,"ts":1,"x":{"_stream":1,"_ts":2,"_op":3}}' ]
    reasons < output | diff -u - <(cat <<'EOF'
the reserved member _stream is in the record
the reserved member _stream is in the record
the reserved member _stream is in the record
the reserved member _stream is in the record
the reserved member _ts is in the record
the reserved member _ts is in the record
the reserved member _op is in a record that cannot be deleted
the reserved member _op is in a record that cannot be deleted
EOF
)
    # what is quoted in _rejected cannot be taken for a line of another stream
    [ "$(grep -c '^{"_stream":"_rejected"' output)" = 8 ]
    [ "$(grep -c '^{"_stream":"_end"' output)" = 1 ]
}

@test "a keyed table takes \"_op\":\"delete\" and no other _op" {
    cat > a <<'EOF'
{"id":1,"_op":"delete"}
{"id":1,"_op":"insert"}
{"id":1,"_op":"delete"}
{"id":1,"_op":null}
{"id":1,"_op":["delete"]}
{"id":1,"_o\u0070":"Delete"}
EOF
    ft-ingest --key id t=a > output
    [ "$(records < output | jq -c '[._stream, .id, ._op]' | uniq -c | xargs)" = '2 [t,1,delete]' ]
    [ "$(reasons < output | uniq)" = 'the reserved member _op is not "delete"' ]
    [ "$(reasons < output | wc -l)" = 4 ]
}

@test "what is no UTF-8 or holds a NUL is kept as base64" {
    printf '{"ts":1,"a":"\xff\xfe"}\n{"ts":2,"a":"\xc3\xa4\x01"}\n{"ts":3,"a":"\0"}\n' > a
    ft-ingest --time ts:ms event=a > output
    [ "$(reasons < output | xargs)" = \
        'invalid UTF-8 control character in a string control character in a string' ]
    raw() { jq -r "select(.line == $1) | $2" output; }
    raw 1 .raw_base64 | base64 -d | cmp - <(sed -n 1p a | tr -d '\n')
    raw 2 .raw | cmp - <(sed -n 2p a)
    raw 3 .raw_base64 | base64 -d | cmp - <(printf '{"ts":3,"a":"\0"}')
    # and none of it is refused further on
    ft-clean < output | ft-sink - _rejected | jq -r .filter | uniq -c | xargs > filters
    [ "$(cat filters)" = '3 ft-ingest' ]
}

@test "a rejected record says file, line and place, also behind CRLF, long lines and in gzip" {
    {
        printf '\xef\xbb\xbf{"ts":1}\r\n'               # bytes 0 to 12
        printf '\r\nx\r\n'                              # 13 and 15
        printf '{"ts":2,"a":"%s"}\n' "$(printf 'x%.0s' {1..100})"  # 18; 8 + 5 + 100 + 2 + 1 = 116
        printf 'y\n\nz'                                 # 134, 137
    } > a
    gzip -k a
    for file in a a.gz; do
        ft-ingest --time ts:ms --max-line 100 "event=$file" > output
        jq -r 'select(._stream == "_rejected") | "\(.source) \(.line) \(.byte_offset)"' output |
            diff -u - <(printf "$file %s\n" '3 15' '4 18' '5 134' '7 137')
        # which is where it stands in the text
        [ "$(tail -c +138 a)" = z ]
    done
}

@test "pii does not leave in _rejected, unless --keep-raw says so" {
    cat > contract.json <<'EOF'
{"streams":{"customer":{"key":"id","columns":[
  {"name":"id","type":"string"},{"name":"email","type":"string","classification":"pii"}]}}}
EOF
    echo '{"id":"1","email":"a@example.org","_ts":1}' > a
    ft-ingest -c contract.json customer=a > output
    grep -x '{"_stream":"_rejected","filter":"ft-ingest","stream":"customer","source":"a",'\
'"line":1,"byte_offset":0,"reason":"the reserved member _ts is in the record"}' output
    run ! grep example output
    ft-ingest -c contract.json --keep-raw customer=a > output
    grep -F '"raw":"{\"id\":\"1\",\"email\":\"a@example.org\",\"_ts\":1}"' output
    # also the start of a line that is too long
    ft-ingest -c contract.json --max-line 10 customer=a > output
    grep -F 'more than --max-line' output
    run ! grep example output
}

@test "a time that is pii is not told by the reason either" {
    cat > contract.json <<'EOF'
{"streams":{"birth":{"time":{"column":"born","unit":"ms"},"columns":[
  {"name":"born","type":"timestamp","classification":"pii","max":"2025-01-01T00:00:00Z"}]}}}
EOF
    printf '{"born":%s}\n' '"4711"' 1735689600047 1735689601 4711.5 > a
    ft-ingest -c contract.json birth=a > output
    [ "$(grep -c '"_rejected"' output)" = 4 ]
    run ! grep -E '4711|1735689600047|1735689601' output
}

@test "--strict ends at the first rejected record with exit status 1" {
    events 1000 500 1001 2 > a
    run -1 --separate-stderr ft-ingest --time ts:ms --strict event=a
    [ "$stderr" = 'ft-ingest: refused: a: line 2: event: late' ]
    [ "${lines[2]}" = '{"_stream":"event","_ts":1000,"ts":1000}' ]
    [ "${lines[-1]}" = '{"_stream":"_died","filter":"ft-ingest"}' ]
    run ! grep _end <<< "$output"
    events 1000 1001 > a
    run -0 --separate-stderr ft-ingest --time ts:ms --strict event=a
    [ "$stderr" = '' ]
}

@test "--metrics counts every line that is not blank exactly once" {
    { events 1000 500; printf '\n\n  \r\nx\n'; events 2000; printf '{"ts":3000'; } > a
    printf '{"id":1}\n{"id":1,"_op":"x"}\n' > t
    ft-ingest --time event=ts:ms --key t=id --metrics m event=a t=t > output
    grep '^firsttouch_records{.*[^0]$' m | sort | diff -u - <(cat <<'EOF'
firsttouch_records{filter="ft-ingest",stage="0",stream="event",fate="passed"} 2
firsttouch_records{filter="ft-ingest",stage="0",stream="event",fate="rejected"} 3
firsttouch_records{filter="ft-ingest",stage="0",stream="t",fate="passed"} 1
firsttouch_records{filter="ft-ingest",stage="0",stream="t",fate="rejected"} 1
EOF
)
    grep -x 'firsttouch_watermark_seconds{filter="ft-ingest",stage="0"} 1.999' m
    grep -x 'firsttouch_epoch{filter="ft-ingest",stage="0"} 1' m
    # passed + rejected = lines that are not blank
    count=$(cat a <(echo) t | grep -c '[^[:space:]]')
    [ "$(awk '/^firsttouch_records/ { n += $2 } END { print n }' m)" = "$count" ]
    [ ! -e m.new ]
}

@test "--metrics that cannot be written is an error" {
    events 1 > a
    refuses 3 'ft-ingest: nowhere/m.new: No such file or directory' \
        ft-ingest --time ts:ms --metrics nowhere/m event=a
}

# ---- gzip ----

@test "gzip is read as what is in it: files, standard input, several members" {
    events {1000..9000..10} > a
    ft-ingest --time ts:ms event=a > expected
    gzip -k a
    ft-ingest --time ts:ms event=a.gz | cmp expected -
    ft-ingest --time ts:ms event=- < a.gz | cmp expected -
    { head -c 1001 a | gzip; tail -c +1002 a | gzip -1; } > b.gz # cut inside a line
    ft-ingest --time ts:ms event=b.gz | cmp expected -
    cat b.gz | ft-ingest --time ts:ms event=- | records | cmp - <(records < expected)
}

@test "gzip data that ends early is an error, wherever it ends" {
    events {1000..3000} | gzip > a.gz
    size=$(stat -c %s a.gz)
    for cut in 1 8 9 $((size / 2)) $((size - 11)); do
        head -c -"$cut" a.gz > part
        run -3 --separate-stderr ft-ingest --time ts:ms event=part
        [ "$stderr" = 'ft-ingest: part: compressed data ends early' ]
        run ! grep _end <<< "$output"
    done
}

@test "gzip data that is damaged is an error" {
    events {1000..3000} | gzip > a.gz
    size=$(stat -c %s a.gz)
    { head -c $((size - 6)) a.gz; printf 'xx'; tail -c 4 a.gz; } > damaged
    refuses 3 'ft-ingest: damaged: compressed data is damaged: incorrect data check' \
        ft-ingest --time ts:ms event=damaged
    { cat a.gz; echo garbage; } > damaged
    refuses 3 'ft-ingest: damaged: compressed data is damaged: incorrect header check' \
        ft-ingest --time ts:ms event=damaged
    # standard input by its name
    run -3 --separate-stderr ft-ingest --time ts:ms event=- < damaged
    [ "$stderr" = \
        'ft-ingest: standard input: compressed data is damaged: incorrect header check' ]
}

@test "gzip data on a pipe that stays open comes out as far as it was sent" {
    mkfifo pipe
    ft-ingest --time ts:ms event=pipe > output 3>&- &
    exec 8> pipe
    events {100001..160000} | gzip >&8 # 60 000 lines in one read, then silence
    wait_for output '"ts":160000}'
    exec 8>&-
    wait $!
    [ "$(records < output | wc -l)" = 60000 ]
}

# ---- --tagged ----

record_run() {
    events 10000 9000 30000 1 30001 > a
    printf '{"id":1}\nx\n{"id":1,"_op":"delete"}\n' > t
    ft-ingest --time event=ts:ms --lag event=2s --key t=id event=a t=t
}

@test "--tagged gives again the lines that were recorded" {
    record_run > bronze
    [ "$(grep -c '"_rejected"' bronze)" = 2 ]
    gives ft-ingest --tagged bronze < bronze
    gzip -k bronze
    gives ft-ingest --tagged bronze.gz < bronze
    ft-ingest --tagged - < bronze | diff bronze - # standard input that is a file
}

@test "--tagged replays from a pipe, and what a later filter has passed on" {
    record_run > bronze
    cat bronze | ft-ingest --tagged - > output
    sed 's/"bounded":true/"bounded":false/' bronze | diff - output
    ft-clean < bronze | ft-ingest --tagged - | sed 1d | diff - <(sed 1d bronze)
}

@test "--tagged makes up the end of a recording that was cut off" {
    record_run > bronze
    for keep in 3 5 7 8 9; do
        head -n "$keep" bronze > part
        { cat part; [ "$keep" -ge 12 ] || printf '%s\n' "$end"; } > expected
        ft-ingest --tagged part | diff expected -
    done
    # in the middle of a line: that line was never whole
    head -n 8 bronze | head -c -5 > part
    ft-ingest --tagged part > output
    diff <(head -n 7 bronze) <(head -n 7 output)
    jq -r 'select(.filter) | .line, .source' <(tail -n +8 output) | diff - <(printf '8\npart\n')
    [ "$(tail -n 3 output)" = "$end" ]
}

@test "--tagged: a record at or below the watermark before it is late" {
    printf '%s\n' "$begin" "$schema" > a
    tagged 10000 w9000 9000 9001 8999 w8000 9000 w9100 9100 >> a
    ft-ingest --tagged a > output
    { printf '%s\n' "$begin" "$schema"; tagged 10000 w9000 9001 w9100; printf '%s\n' "$end"; } |
        diff -u - <(grep -v _rejected output)
    jq -r 'select(._stream == "_rejected") | "\(.stream) \(.line) \(.reason) \(.record_time)"' \
        output | diff -u - <(printf 'event %s\n' '5 late 9000' '7 late 8999' '9 late 9000' \
        '11 late 9100')
}

@test "--tagged refuses records that no run would have written" {
    cat > a <<'EOF'
{"_stream":"_schema","stream":"event","kind":"append","time":"ts"}
{"_stream":"_schema","stream":"t","kind":"upsert","key":["id"]}
{"_stream":"event","ts":1}
{"_stream":"event","_ts":"1","ts":1}
{"_stream":"event","_ts":1,"ts":1,"_op":"delete"}
{"_stream":"event","_ts":1,"_\u0074s":2}
{"_stream":"event","\u005fstream":"t","_ts":1}
{"_stream":"t","_ts":1,"id":1}
{"_stream":"t","_op":"insert","id":1}
{"_stream":"t","_op":"delete","id":1}
{"_stream":"event",
EOF
    ft-ingest --tagged a > output
    [ "$(records < output)" = '{"_stream":"t","_op":"delete","id":1}' ]
    jq -r 'select(._stream == "_rejected") | "\(.line) \(.reason)"' output | diff -u - <(cat <<'EOF'
3 there is no time
4 the reserved member _ts is not a time
5 the reserved member _op is not "delete"
6 a member twice in one object
7 a member twice in one object
8 the reserved member _ts is not a time
9 the reserved member _op is not "delete"
11 unterminated object
EOF
)
}

@test "--tagged: what is not a recording is refused" {
    tagged 1 > a
    refuses 2 'ft-ingest: a: line 1 is of stream event, which has no _schema before it' \
        ft-ingest --tagged a
    events 1 > a
    refuses 2 'ft-ingest: a: line 1 has no _stream: it was not tagged' ft-ingest --tagged a
    printf '%s\n' "$schema" "$schema" > a
    refuses 2 'ft-ingest: a: line 2 is a second _schema of stream event' ft-ingest --tagged a
    echo '{"_stream":"_schema","stream":"1"}' > a
    refuses 2 'ft-ingest: a: line 1 is a broken _schema: its "stream" is not the name of a stream' \
        ft-ingest --tagged a
    refuses 3 'ft-ingest: b: No such file or directory' ft-ingest --tagged b
    refuses 2 'ft-ingest: --tagged goes alone: event=a is one too many' \
        ft-ingest --tagged a event=a
}

@test "--tagged counts what it lets pass and what it rejects" {
    { printf '%s\n' "$begin" "$schema"; tagged 10000 w9000 9000 9001; echo 'x'; } > a
    ft-ingest --tagged a --metrics m > output
    grep '^firsttouch_records{.*[^0]$' m | cut -d, -f 3- | diff -u - <(cat <<'EOF'
stream="event",fate="passed"} 2
stream="event",fate="rejected"} 1
stream="",fate="rejected"} 1
EOF
)
}

# ---- options and the contract ----

@test "a contract is read from \$FT_CONTRACT, and -c goes first" {
    echo '{"streams":{"event":{"time":{"column":"ts","unit":"ms"},"lag":"5s"}}}' > one.json
    echo '{"streams":{"event":{"time":{"column":"ts","unit":"ms"},"lag":"1s"}}}' > two.json
    events 10000 > a
    export FT_CONTRACT=one.json
    stream 10000 w4999 | gives ft-ingest event=a
    stream 10000 w8999 | gives ft-ingest -c two.json event=a
    stream 10000 w8999 | gives ft-ingest --contract=two.json event=a
}

@test "the contract's streams come with their columns, types and classes" {
    cat > contract.json <<'EOF'
{"streams":{
  "event":{"key":["id"],"time":{"column":"ts"},"columns":[
    {"name":"id","type":"string"},{"name":"ts","type":"timestamp(us)"},
    {"name":"paid","type":"decimal(10,2)"}]},
  "customer":{"key":"id","columns":[{"name":"id","type":"int"},
    {"name":"email","type":"string","classification":"pii"}]}}}
EOF
    echo '{"id":"e","ts":1000,"x":1}' > a
    : > c
    gives ft-ingest -c contract.json event=a customer=c < <(
        echo "$begin"
        echo '{"_stream":"_schema","stream":"event","kind":"append","key":["id"],"time":"ts",'\
'"columns":[["id","string"],["ts","timestamp(us)"],["paid","decimal(10,2)"]]}'
        echo '{"_stream":"_schema","stream":"customer","kind":"upsert","key":["id"],'\
'"columns":[["id","int"],["email","string","pii"]]}'
        echo '{"_stream":"event","_ts":1,"id":"e","ts":1000,"x":1}'
        tagged w0
        echo "$end"
    )
}

@test "--lag overrules the contract, for one stream or for all; what is said of one goes first" {
    echo '{"streams":{"event":{"time":{"column":"ts","unit":"ms"},"lag":"5s"}}}' > contract.json
    events 10000 > a
    stream 10000 w7999 | gives ft-ingest -c contract.json --lag 2s event=a
    stream 10000 w7999 | gives ft-ingest -c contract.json --lag event=2s --lag 9s event=a
    stream 10000 w7999 | gives ft-ingest -c contract.json --lag 9s --lag event=2s event=a
    stream 10000 w6999 | gives ft-ingest -c contract.json --lag event=2s --lag event=3s event=a
    stream 10000 | gives ft-ingest -c contract.json --lag unbounded event=a
}

@test "--time none makes a table of one stream where the others have a time" {
    events 1 > a
    ft-ingest --time ts:ms --time t=none t=a event=a | grep _schema | diff - <(cat <<'EOF'
{"_stream":"_schema","stream":"t","kind":"append"}
{"_stream":"_schema","stream":"event","kind":"append","time":"ts"}
EOF
)
}

@test "--key makes an upsert stream of a table, and names the key of an append stream" {
    : > a
    ft-ingest --key 'a, "b c"' --time event=ts:ms t=a event=a | grep _schema | diff - <(cat <<'EOF'
{"_stream":"_schema","stream":"t","kind":"upsert","key":["a","b c"]}
{"_stream":"_schema","stream":"event","kind":"append","key":["a","b c"],"time":"ts"}
EOF
)
}

@test "a PATH may hold an equals sign" {
    events 1 > a=b
    stream 1 w0 | gives ft-ingest --time ts:ms event=a=b
}

@test "every mistake on the command line is named, with exit status 2" {
    echo '{"streams":{"event":{"time":{"column":"ts","unit":"ms"}},"t":{"key":"id"}}}' > c.json
    : > a
    duration='a duration such as 500ms, 10s, 30m, 1h, 7d or 2w'
    unit='s, ms, us, ns, rfc3339 or a time zone such as Europe/Paris'
    refuses 2 'ft-ingest: no source is given: STREAM=PATH (see --help)' ft-ingest
    while IFS=$'\t' read -r arguments message; do
        message=${message/DURATION/$duration} message=${message/ONE_OF/$unit}
        # shellcheck disable=SC2086 # words on purpose
        refuses 2 "ft-ingest: $message" ft-ingest $arguments
        [[ -z "$output" || "$output" == '{"_stream":"_died","filter":"ft-ingest"}' ]]
    done <<'EOF'
--nope event=a	there is no option --nope, or it is short for several (see --help)
--ma 1 event=a	there is no option --ma, or it is short for several (see --help)
-x event=a	there is no option -x (see --help)
--lag	option --lag needs an argument (see --help)
-c	option -c needs an argument (see --help)
--strict=1 event=a	option --strict=1 takes no argument (see --help)
a	argument a is not STREAM=PATH (see --help)
event=	argument event= is not STREAM=PATH (see --help)
=a	STREAM=PATH: "" cannot be a stream: letters, digits and _, a letter first
_event=a	STREAM=PATH: "_event" cannot be a stream: letters, digits and _, a letter first
1event=a	STREAM=PATH: "1event" cannot be a stream: letters, digits and _, a letter first
ev-ent=a	STREAM=PATH: "ev-ent" cannot be a stream: letters, digits and _, a letter first
event=- t=-	two sources are standard input (-)
-c c.json other=a	there is no stream other in c.json (there are: event, t)
-c c.json event=a events=a	there is no stream events in c.json (there are: event, t)
-c c.json --time event=at:ms event=a	--time: stream event is in the contract, which says it
-c c.json --key t=x t=a	--key: stream t is in the contract, which says it
--lag 10 event=a	--lag: "10" is not DURATION
--lag -1s event=a	--lag: "-1s" is not DURATION
--lag event=1.5s event=a	--lag: "1.5s" is not DURATION
--lag 99999999999w event=a	--lag: "99999999999w" is not DURATION
--idle forever event=a	--idle: "forever" is not DURATION
--watermark-step 1x event=a	--watermark-step: "1x" is not DURATION
--watermark-step 0s event=a	--watermark-step: 0 would be a watermark behind every record: say 1ms
--max-future soon event=a	--max-future: "soon" is not DURATION
--max-line 0 event=a	--max-line: "0" is not a whole number from 1 to 1073741824
--max-line 16MB event=a	--max-line: "16MB" is not a whole number from 1 to 1073741824
--max-line 1073741825 event=a	--max-line: "1073741825" is not a whole number from 1 to 1073741824
--lag other=1s event=a	--lag: there is no source of stream other
--time other=ts:ms event=a	--time: there is no source of stream other
--key other=id event=a	--key: there is no source of stream other
--idle other=1s event=a	--idle: there is no source of stream other
--lag _x=1s event=a	--lag: "_x" cannot be a stream: letters, digits and _, a letter first
--time ts event=a	--time: "ts" is not COLUMN:UNIT, such as ts:ms
--time :ms event=a	--time: ":ms" is not COLUMN:UNIT, such as ts:ms
--time ts: event=a	--time: "" is not ONE_OF
--time ts:min event=a	--time: "min" is not ONE_OF
--time ts:../UTC event=a	--time: "../UTC" is not ONE_OF
--time _ts:ms event=a	--time: "_ts" is not free: _stream, _ts and _op are the names of the system
--key _op event=a	--key: "_op" is not free: _stream, _ts and _op are the names of the system
--key id,id event=a	--key 'id,id': id stands twice
--key id, event=a	--key 'id,': expected a column's name at its end
--key id;x event=a	--key 'id;x': expected = or a comma at character 3, before ';x'
EOF
}

@test "the name of a stream has at most 63 bytes" {
    : > a
    name=$(printf 'x%.0s' {1..63})
    ft-ingest "$name=a" > output
    refuses 2 "ft-ingest: STREAM=PATH: \"x$name\" cannot be a stream: letters, digits and _, a \
letter first" ft-ingest "x$name=a"
}

@test "a standard input that is closed is no input" {
    echo '{"ts":1}' >a.ndjson
    run -3 --separate-stderr timeout 10 bash -c 'exec ft-ingest --time ts:ms a=a.ndjson b=- <&-'
    [ "$stderr" = "ft-ingest: standard input: is not open for reading" ]
}

@test "a file that cannot be read is named, with exit status 3" {
    mkdir folder
    events 1 > a
    refuses 3 'ft-ingest: nosuch: No such file or directory' ft-ingest --time ts:ms event=nosuch
    refuses 3 'ft-ingest: folder: is a directory' ft-ingest --time ts:ms event=folder
    refuses 3 'ft-ingest: a/b: Not a directory' ft-ingest --time ts:ms event=a event=a/b
    refuses 3 'ft-ingest: nosuch.json: No such file or directory' ft-ingest -c nosuch.json event=a
    [ "$(id -u)" = 0 ] && return
    chmod 0 a
    refuses 3 'ft-ingest: a: Permission denied' ft-ingest --time ts:ms event=a
}

@test "a mistake in the contract names the file and the place in it" {
    echo '{"streams":{"event":{"time":{"column":"ts","unit":"ms"},"lag":"10"}}}' > c.json
    refuses 2 'ft-ingest: c.json: streams.event.lag: "10" is not a duration such as 500ms, 10s, '\
'30m, 1h, 7d or 2w, or unbounded' ft-ingest -c c.json event=a
}

# ---- pipes ----

@test "a pipe is no bounded input, nor is a file beside one" {
    events 1 > a
    [ "$(cat a | ft-ingest --time ts:ms event=- | head -1 | jq .bounded)" = false ]
    [ "$(cat a | ft-ingest --time ts:ms event=a event=- | head -1 | jq .bounded)" = false ]
    [ "$(ft-ingest --time ts:ms event=- < a | head -1 | jq .bounded)" = true ]
}

@test "files are read before pipes" {
    events 9000 8500 > a
    events 1000 > b
    mkfifo pipe
    cat b > pipe &
    ft-ingest --time ts:ms --lag 1s event=pipe event=a | records | jq -c ._ts | xargs > output
    [ "$(cat output)" = '9000 8500 1000' ]
}

@test "a line on a pipe comes out at once, and a barrier within about a second, but no second one" {
    mkfifo pipe
    ft-ingest --time ts:ms event=pipe > output 3>&- &
    exec 8> pipe
    events 1000 >&8
    wait_for output '"_ts":1000'
    run ! grep _barrier output
    wait_for output '{"_stream":"_barrier","epoch":1}'
    events 1001 >&8
    wait_for output '"_ts":1001'
    wait_for output '{"_stream":"_barrier","epoch":2}'
    sleep 1.2 # in which nothing is read
    run ! grep '"epoch":3' output
    exec 8>&-
    wait $!
    [ "$(tail -n 3 output)" = "${end/:1\}/:3\}}" ]
}

@test "a line that is not finished is waited for" {
    mkfifo pipe
    ft-ingest --time ts:ms event=pipe > output 3>&- &
    exec 8> pipe
    printf '{"ts":10}\n{"ts":20}' >&8 # it could go on
    wait_for output '"_ts":10,'
    sleep 0.05
    run ! grep '"_ts":20,' output
    printf '\n' >&8
    wait_for output '"_ts":20,'
    exec 8>&-
    wait $!
}

@test "a table on a pipe is read as far as it has come before files are, and then goes on" {
    mkfifo pipe
    events 1000 > a
    ft-ingest --key t=id --time event=ts:ms event=a t=pipe > output 3>&- &
    exec 8> pipe
    cat >&8 <<'EOF'
{"id":1}
{"id":2}
EOF
    wait_for output '"_ts":1000'
    echo '{"id":3}' >&8
    wait_for output '"id":3'
    exec 8>&-
    wait $!
    [ "$(records < output | jq -c '.id // .ts' | xargs)" = '1 2 1000 3' ]
}

@test "an idle source is not waited for, and what it then has to say may be late" {
    mkfifo one two
    ft-ingest --time ts:ms --lag 1s --idle 200ms event=one event=two > output 3>&- &
    exec 8> one 9> two
    events 100000 >&8
    wait_for output '"_ts":100000,'
    run ! grep _watermark output # nobody has heard of two
    wait_for output '{"_stream":"_watermark","_ts":98999}'
    events 98999 99000 >&9 # neither is late for its own source
    wait_for output '"_ts":99000,'
    [ "$(reasons < output)" = late ]
    exec 8>&- 9>&-
    wait $!
}

@test "a source that is not idle is waited for, however long" {
    mkfifo one two
    ft-ingest --time ts:ms --lag 1s event=one event=two > output 3>&- &
    exec 8> one 9> two
    events 100000 200000 >&8
    wait_for output '"_ts":200000,'
    sleep 0.3
    run ! grep _watermark output
    events 5000 >&9
    wait_for output '{"_stream":"_watermark","_ts":3999}'
    [ "$(grep -c _rejected output)" = 0 ]
    exec 8>&- 9>&-
    wait $!
}

@test "when all sources are idle the watermark is their highest, and does not move by itself" {
    mkfifo one two
    ft-ingest --time ts:ms --lag 1s --idle 100ms event=one event=two > output 3>&- &
    exec 8> one 9> two
    events 100000 >&8
    events 200000 >&9
    wait_for output '{"_stream":"_watermark","_ts":198999}'
    sleep 0.3
    [ "$(grep _watermark output | tail -n 1)" = '{"_stream":"_watermark","_ts":198999}' ]
    exec 8>&- 9>&-
    wait $!
}

@test "a watermark that silence has moved has a barrier behind it: what it fires is committed" {
    mkfifo one two
    ft-ingest --time ts:ms --lag 1s --idle 500ms --epoch 100ms event=one event=two > output 3>&- &
    exec 8> one 9> two
    events 100000 >&8
    wait_for output '"epoch":1'
    wait_for output '{"_stream":"_watermark","_ts":98999}' # two is not waited for any longer
    wait_for output '"epoch":2'
    exec 8>&- 9>&-
    wait $!
}

@test "--advance-when-idle moves the watermark on with the clock" {
    mkfifo pipe
    ft-ingest --time ts:ms --idle 100ms --advance-when-idle --watermark-step 50ms event=pipe \
        > output 3>&- &
    exec 8> pipe
    before=$(date +%s%3N)
    events 100000 >&8
    for ((i = 0; i < 500 && $(grep -c _watermark output) < 4; i++)); do sleep 0.01; done
    events 100000 >&8 # the watermark has gone past it
    wait_for output '"reason":"late"'
    after=$(date +%s%3N)
    exec 8>&-
    wait $!
    grep -v 9007199254740991 output | jq 'select(._stream == "_watermark") | ._ts' > watermarks
    sort -n -u -c watermarks
    [ "$(head -n 1 watermarks)" = 99999 ]
    [ "$(tail -n 1 watermarks)" -gt 99999 ]
    [ "$(tail -n 1 watermarks)" -le $((99999 + after - before)) ]
}

@test "an idle source is waited for again once it has caught up; the contract says when it is" {
    cat > contract.json <<'EOF'
{"streams":{"event":{"time":{"column":"ts","unit":"ms"},"lag":"1s","idle":"100ms"}}}
EOF
    mkfifo one two
    ft-ingest -c contract.json event=one event=two > output 3>&- &
    exec 8> one 9> two
    events 100000 >&8
    wait_for output '{"_stream":"_watermark","_ts":98999}'
    events 300000 >&9
    wait_for output '{"_stream":"_watermark","_ts":298999}' # one has been silent
    events 250000 >&8
    wait_for output '"record_time":250000'
    events 400000 >&8
    wait_for output '{"_stream":"_watermark","_ts":398999}' # two has been silent
    exec 8>&- 9>&-
    wait $!
    grep -v '_barrier\|9007199254740991' output | jq -c '._ts // .record_time // empty' |
        uniq | xargs > seen
    [ "$(cat seen)" = '100000 98999 300000 298999 250000 400000 398999' ]
    [ "$(reasons < output)" = late ]
}

@test "a record without members is a record" {
    printf '{ }\n{}\n' > x.ndjson
    run -0 --separate-stderr bash -c 'ft-ingest x=x.ndjson | ft-sink -'
    [ "$output" = $'{}\n{}' ]
}

@test "a replay goes alone: what was recorded was judged with other options" {
    run -2 --separate-stderr ft-ingest --lag 5s --tagged recording
    [ "$stderr" = "ft-ingest: --tagged goes alone: what was recorded was judged with other options" ]
}

@test "a replay of what is still being recorded has a barrier for each second too" {
    mkfifo recording
    ft-ingest --tagged recording > output &
    exec 8> recording
    printf '%s\n' "$begin" '{"_stream":"_schema","stream":"a","kind":"append"}' \
        '{"_stream":"a","v":1}' >&8
    for ((i = 0; i < 100; i++)); do
        grep -q _barrier output && break
        sleep 0.05
    done
    grep -q '^{"_stream":"_barrier","epoch":1}$' output
    exec 8>&-
    wait
    [ "$(grep -c _barrier output)" = 2 ]
}

@test "when the last source that spoke has ended, idle ones give the watermark" {
    mkfifo a b
    ft-ingest --time ts:ms --idle 200ms a=a b=b > output &
    exec 8> a 9> b
    echo '{"ts":1735689600000}' >&9
    for ((i = 0; i < 100; i++)); do
        grep -q '"_stream":"b"' output && break
        sleep 0.05
    done
    sleep 0.5
    exec 8>&-
    for ((i = 0; i < 100; i++)); do
        grep -q _watermark output && break
        sleep 0.05
    done
    grep -q '^{"_stream":"_watermark","_ts":1735689599999}$' output
    exec 9>&-
    wait
}
