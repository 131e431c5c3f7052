#!/usr/bin/env bats
# Messages of Kafka as kcat prints them, without a broker: each is written here by hand.
# shellcheck disable=SC2154,SC2030,SC2031 # $output and $stderr are set by run
# shellcheck disable=SC2002,SC2016,SC2094 # cat makes a pipe of a file, which is what is tested

load common

# message TOPIC PARTITION OFFSET TIME KEY PAYLOAD, as kcat prints it; - stands for null.
message() {
    local key=$5 payload=$6 key_bytes payload_bytes
    key_bytes=${#key} payload_bytes=${#payload}
    [[ $key != - ]] || key='' key_bytes=-1
    [[ $payload != - ]] || payload='' payload_bytes=-1
    printf '%s %s %s %s %s %s %s%s\n' "$1" "$2" "$3" "$4" "$key_bytes" "$payload_bytes" "$key" \
        "$payload"
}

# event PARTITION OFFSET TIME...: messages {"ts":TIME} of topic event, the offsets rising from OFFSET.
events() {
    local partition=$1 offset=$2 time
    for time in "${@:3}"; do message event "$partition" $((offset++)) 1 - "{\"ts\":$time}"; done
}

records() {
    grep -v '^{"_stream":"_'
}

rejected() {
    jq -c 'select(._stream == "_rejected") | del(._stream, .filter)'
}

# refuses STATUS MESSAGE COMMAND...
refuses() {
    run "-$1" --separate-stderr "${@:3}"
    [ "$stderr" = "$2" ]
}

# ---- the format ----

@test "the format that is printed is that of the messages here" {
    is "$(ft-ingest --print kcat-format)" '%t %p %o %T %K %S %k%s\n'
}

@test "a payload becomes a record of its topic's stream" {
    message event 0 7 1767225600123 k1 '{"ts":1000,"page":"/a"}' > pipe
    is "$(ft-ingest --format kcat --time ts:ms event=pipe | records)" \
        '{"_stream":"event","_ts":1000,"ts":1000,"page":"/a"}'
}

@test "keys and payloads may hold newlines, and the record is one line" {
    {
        message event 0 0 1 $'\n\n' $'{\n  "ts": 1000,\n  "page": "/a"\n}\n'
        message event 0 1 1 $'event 0 2 1 -1 2 {}\n' $'\n{"ts":2000}'
    } > pipe
    is "$(ft-ingest --time ts:ms event:0=pipe | records)" \
        '{"_stream":"event","_ts":1000,   "ts": 1000,   "page": "/a" }
{"_stream":"event","_ts":2000,"ts":2000}'
}

@test "a newline inside a string is rejected, for it was wrong before it came" {
    message event 0 4 1 - $'{"ts":1000,"page":"a\nb"}' > pipe
    is "$(ft-ingest --time ts:ms event:0=pipe | rejected)" \
        '{"stream":"event","source":"event[0]","line":4,"reason":"control character in a string","raw":"{\"ts\":1000,\"page\":\"a\nb\"}"}'
}

@test "what is no record is rejected under its topic, partition and offset" {
    {
        message event 3 8 1 - ''
        message event 3 9 1 - 'hello'
        message event 3 10 1 - $'\xff\xfe'
        message event 3 11 1 - '{"ts":"x"}'
    } > pipe
    ft-ingest --time ts:ms event:3=pipe | rejected | jq -c '[.source, .line, .byte_offset, .raw, .raw_base64]' > out
    is "$(cat out)" '["event[3]",8,null,"",null]
["event[3]",9,null,"hello",null]
["event[3]",10,null,null,"//4="]
["event[3]",11,null,"{\"ts\":\"x\"}",null]'
}

@test "--strict says at which offset the first refused message is" {
    message event 3 8 1 - '{"ts":"x"}' > pipe
    refuses 1 'ft-ingest: refused: event[3]: offset 8: event: column ts: "x" is not an integer of epoch milliseconds' \
        ft-ingest --strict --time ts:ms event:3=pipe
}

@test "a message that is longer than --max-line is rejected with its first bytes, and the next is read" {
    long=$(printf '%03000d' 0)
    {
        message event 0 0 1 - "$long"
        message event 0 1 1 "$long" -
        message event 0 2 1 abc '{"ts":1000}'
    } > pipe
    ft-ingest --max-line 14 --time ts:ms event:0=pipe > out
    is "$(records < out)" '{"_stream":"event","_ts":1000,"ts":1000}'
    is "$(rejected < out | jq -r '.line, .reason, (.raw | length)')" '0
the message has 3000 bytes, more than --max-line allows
1024
1
the message has 3000 bytes, more than --max-line allows
0'
    refuses 0 '' ft-ingest --max-line 13 --time ts:ms event:0=pipe
    is "$(records <<<"$output")" ''
}

@test "lines in place of messages are refused, saying what was expected" {
    printf '{"ts":1000}\n' > pipe
    refuses 2 'ft-ingest: pipe: byte 0: here no message begins: is this what kcat -C -f "$(ft-ingest --print kcat-format)" prints?' \
        ft-ingest --time ts:ms event:0=pipe
}

@test "broken framing is refused at the byte where it breaks" {
    local case
    for case in 'event 0 2 1 -1 x {}' 'event 0 2 1 -1 2{}' 'event 0 -2 1 -1 2 {}' 'event 0 2 1 -2 2 {}' \
        'event 0 2 1 -1 -2 {}' ' 0 2 1 -1 2 {}' 'event 4294967296 2 1 -1 2 {}' 'event 0 2 1 -1 ' \
        'event  0 2 1 -1 2 {}' 'event 0 2 - -1 2 {}' 'event 0 2 1 -1 1234567890123456789 {}' \
        'caught-up!' 'caught' '' $'a\033[31mb 0 0 -1 -1 2 {}' \
        "$(printf 'e%0250d' 0) 0 2 1 -1 2 {}"; do
        { events 0 0 1000 && printf '%s\n' "$case"; } > pipe
        run -2 --separate-stderr ft-ingest --time ts:ms event:0=pipe
        [[ $stderr == *'pipe: byte 30: here no message begins: '* ]] || { echo "$case: $stderr"; false; }
    done
    { events 0 0 1000 && printf 'event 0 1 1 -1 10 {"ts":2000}\n'; } > pipe
    run -2 --separate-stderr ft-ingest --time ts:ms event:0=pipe
    [[ $stderr == *'pipe: byte 58: there is no newline behind a message: '* ]]
}

@test "a head without an end is refused before all is read" {
    mkfifo pipe
    exec {hold}<> pipe
    printf '%0600d' 0 >&"$hold"
    run -2 --separate-stderr timeout 10 ft-ingest --time ts:ms event:0=pipe
    [[ $stderr == *'pipe: byte 0: here no message begins: '* ]]
}

@test "a message that is cut off is rejected where nothing will read it again" {
    events 0 0 1000 2000 > whole
    head -c 45 whole > pipe
    refuses 0 '' ft-ingest --time ts:ms event:0=pipe
    is "$(records <<<"$output")" '{"_stream":"event","_ts":1000,"ts":1000}'
    is "$(rejected <<<"$output" | jq -c '[.reason, .source, .line, .raw]')" \
        '["the input, pipe, ends inside the message at byte 30","event[0]",1,"event 0 1 1 -1 "]'
    cat pipe | refuses 0 '' ft-ingest --state st --time ts:ms event:0=-
    is "$(ft-ingest --state st --restore 1 --time ts:ms --print kcat-args event:0 | cut -d ' ' -f 1-8)" \
        'event 0 -t event -p 0 -o 1'
}

@test "recorded messages may be compressed" {
    events 0 0 1000 | gzip > pipe
    is "$(ft-ingest --time ts:ms event:0=pipe | records)" '{"_stream":"event","_ts":1000,"ts":1000}'
}

@test "recorded messages give the same lines every time, and are a bounded run" {
    events 0 0 1000 4000 2500 9000 > a
    { events 1 5 3000 && events 2 0 2000 && events 1 6 8000; } > b
    ft-ingest --time ts:ms event:0=a event:1-2=b > one
    ft-ingest --time ts:ms event:0=a event:1-2=b | cmp - one
    # b first, for nothing is known of it, up to where all of its partitions have spoken
    is "$(records < one | jq -r ._ts | xargs)" '1000 3000 2000 4000 8000 9000'
    is "$(rejected < one | jq -r '[.source, .line, .reason] | join(" ")')" 'event[0] 2 late'
    is "$(head -n 1 one)" "$begin"
}

# ---- sources ----

@test "the contract says which topic is of which stream, and one pipe may bring several" {
    echo '{"streams":{
        "visit":{"topic":"shop.visit.v1","time":{"column":"ts","unit":"ms"}},
        "sale":{"topic":"shop-sale","time":{"column":"ts","unit":"ms"}}}}' > contract
    {
        message shop.visit.v1 1 0 1 - '{"ts":1000}'
        message shop-sale 0 0 1 - '{"ts":2000}'
        message shop.visit.v1 0 0 1 - '{"ts":3000}'
    } > pipe
    is "$(cat pipe | ft-ingest -c contract visit:0-1=- sale:0=- | records)" \
        '{"_stream":"visit","_ts":1000,"ts":1000}
{"_stream":"sale","_ts":2000,"ts":2000}
{"_stream":"visit","_ts":3000,"ts":3000}'
    is "$(ft-ingest -c contract --print topics sale visit)" 'sale shop-sale timed
visit shop.visit.v1 timed'
}

@test "a topic that Kafka would not have is refused in the contract" {
    local topic
    for topic in 'a b' 'a\tb' 'caf\u00e9' "$(printf '%0250d' 0)"; do
        echo "{\"streams\":{\"event\":{\"topic\":\"$topic\",\"kind\":\"append\"}}}" > contract
        run -2 --separate-stderr ft-ingest -c contract --print topics event
        [[ $stderr == *'streams.event.topic: '*' is not the name of a topic: letters, digits, . _ and -, at most 249 bytes' ]]
    done
}

@test "partitions of one topic may come through several pipes" {
    events 0 0 1000 > a
    { events 7 0 1000 && events 3 0 1000 && events 5 0 1000; } > b
    is "$(ft-ingest --time ts:ms --take partition event:0=a event:3-5,7=b | records | jq .partition | sort | xargs)" \
        '0 3 5 7'
}

@test "a message of a partition that was not named is refused, saying what to write" {
    { events 0 0 1000 && events 2 0 2000; } > pipe
    refuses 2 'ft-ingest: pipe: byte 30: partition 2 of topic event is no source: the watermark does not wait for it; add it, as event:2=pipe' \
        ft-ingest --time ts:ms event:0,1=pipe
    refuses 2 'ft-ingest: pipe: byte 30: partition 2 of topic event is no source: the watermark does not wait for it; add it, as event:2=pipe' \
        ft-ingest --time ts:ms --format kcat event=pipe
}

@test "a message of a topic that was not named is refused, saying what to write" {
    { events 0 0 1000 && message sale 2 0 1 - '{}'; } > pipe
    refuses 2 'ft-ingest: pipe: byte 30: topic sale is not that of a stream that is read here: the contract says which stream has which ("topic"), and STREAM:2=pipe reads it' \
        ft-ingest --time ts:ms event:0=pipe
}

@test "partitions that cannot be told apart are refused" {
    echo '{"streams":{"a":{"topic":"t","kind":"append"},"b":{"topic":"t","kind":"append"}}}' > contract
    : > pipe
    : > other
    refuses 2 'ft-ingest: t[1] is given twice' ft-ingest -c contract a:0-1=pipe b:1=pipe
    refuses 2 'ft-ingest: event[0] is given twice' ft-ingest event:0=pipe event:0=other
    refuses 2 'ft-ingest: topic event is given twice: say which partitions come where, as event:0-3' \
        ft-ingest --format kcat event=pipe event=other
    refuses 2 'ft-ingest: topic event is given twice: say which partitions come where, as event:0-3' \
        ft-ingest --format kcat event=pipe event:1=other
}

@test "a list of partitions that is none is refused" {
    local list
    for list in '' 1- -1 2-1 0,0 1,0 0-2,2 x 1x '1,,' 2147483648 99999999999999999999 0-200000; do
        refuses 2 "ft-ingest: argument event:$list=pipe: behind the colon are partitions, rising, such as 0-3 or 0,2" \
            ft-ingest "event:$list=pipe"
    done
}

@test "formats that contradict each other are refused" {
    : > pipe
    refuses 2 'ft-ingest: --format: "avro" is not kcat or ndjson' ft-ingest --format avro event=pipe
    refuses 2 'ft-ingest: --format: lines have no partitions, and stream event is given some' \
        ft-ingest --format ndjson event:0=pipe
    refuses 2 'ft-ingest: two sources are standard input (-)' ft-ingest event:0=- sale=-
    refuses 2 'ft-ingest: argument event:0 is not STREAM=PATH (see --help)' ft-ingest event:0
    refuses 2 'ft-ingest: --print: "kcat" is not kcat-format, kcat-args or topics' \
        ft-ingest --print kcat event:0
    refuses 2 'ft-ingest: --print kcat-format needs no sources' ft-ingest --print kcat-format event:0
    refuses 2 'ft-ingest: --format: there is no source of stream sale' \
        ft-ingest --format sale=kcat event=pipe
}

@test "files stand beside topics: --format is said of one stream" {
    printf '{"id":"c1"}\n' > customer
    message event 0 0 1 - '{"ts":1000}' > pipe
    is "$(ft-ingest --format event=kcat --time event=ts:ms customer=customer event=pipe | records)" \
        '{"_stream":"customer","id":"c1"}
{"_stream":"event","_ts":1000,"ts":1000}'
}

# ---- tables ----

@test "a table is read until its pipe says that it has caught up, however long that takes" {
    mkfifo customer
    exec {hold}<> customer
    ft-ingest --key customer=id --time event=ts:ms customer:0-1=customer event:0=<(events 0 0 1000) > out &
    ingest=$!
    {
        echo catching-up
        message customer 0 0 1 - '{"id":"c1"}'
    } >&"$hold"
    sleep 0.3
    message customer 1 0 1 - '{"id":"c2"}' >&"$hold"
    sleep 0.3
    message customer 0 1 1 - '{"id":"c3"}' >&"$hold"
    echo caught-up >&"$hold"
    poll 'grep -q "\"_ts\":1000" out'
    message customer 0 2 1 - '{"id":"c4"}' >&"$hold" # and goes on
    poll 'grep -q c4 out'
    kill "$ingest"
    wait "$ingest"
    is "$(records < out)" '{"_stream":"customer","id":"c1"}
{"_stream":"customer","id":"c2"}
{"_stream":"customer","id":"c3"}
{"_stream":"event","_ts":1000,"ts":1000}
{"_stream":"customer","id":"c4"}'
}

@test "a table may have caught up with nothing, and what comes twice behind that is dropped" {
    mkfifo customer other
    { printf 'catching-up\ncaught-up\n' && sleep 1; } > other &
    {
        echo catching-up
        message customer 0 0 1 - '{"id":"c1"}'
        echo caught-up
        message customer 0 0 1 - '{"id":"c1"}'
        message customer 0 1 1 - '{"id":"c2"}'
    } > customer &
    is "$(ft-ingest --key id customer:1=other customer:0=customer | records)" \
        '{"_stream":"customer","id":"c1"}
{"_stream":"customer","id":"c2"}'
}

@test "a table that does not say so is read until its pipe has no more for now" {
    mkfifo customer
    exec {hold}<> customer
    message customer 0 0 1 - '{"id":"c1"}' >&"$hold"
    ft-ingest --key customer=id --time event=ts:ms customer:0=customer event:0=<(events 0 0 1000) > out &
    ingest=$!
    poll 'grep -q "\"_ts\":1000" out'
    kill "$ingest"
    wait "$ingest"
    is "$(records < out)" '{"_stream":"customer","id":"c1"}
{"_stream":"event","_ts":1000,"ts":1000}'
}

@test "what ends before it has caught up has died, and nothing drains" {
    { echo catching-up && events 0 0 1000; } > pipe
    refuses 3 'ft-ingest: pipe: has ended before it had caught up: what wrote it has died' \
        ft-ingest --time ts:ms event:0=pipe
    [[ $output != *9007199254740991* ]]
    { echo catching-up && events 0 0 1000 && echo caught-up; } > pipe
    refuses 0 '' ft-ingest --time ts:ms event:0=pipe
}

@test "a recorded table is read to its end, wherever it had caught up" {
    {
        message customer 0 0 1 - '{"id":"c1"}'
        echo caught-up
        message customer 0 1 1 - '{"id":"c2"}'
    } > customer
    events 0 0 1000 > event
    is "$(ft-ingest --key customer=id --time event=ts:ms event:0=event customer:0=customer | records)" \
        '{"_stream":"customer","id":"c1"}
{"_stream":"customer","id":"c2"}
{"_stream":"event","_ts":1000,"ts":1000}'
}

# ---- watermarks ----

@test "each partition has its own watermark, and the lowest is that of all" {
    { events 0 0 5000 && events 1 0 1000 && events 0 1 9000 && events 1 1 4000 4001; } |
        ft-ingest --time ts:ms event:0-1=- > out
    is "$(grep -v '"_schema"\|"_begin"\|"_barrier"' out | jq -c '[._stream, ._ts]')" '["event",5000]
["event",1000]
["_watermark",999]
["event",9000]
["event",4000]
["_watermark",3999]
["event",4001]
["_watermark",9007199254740991]
["_end",null]'
}

@test "a record is late in its own partition only" {
    { events 0 0 5000 4000 && events 1 0 1000 500; } | ft-ingest --time ts:ms event:0-1=- > out
    is "$(rejected < out | jq -r '[.source, .line, .reason, .record_time] | join(" ")')" \
        'event[0] 1 late 4000
event[1] 1 late 500'
}

@test "a partition that has said nothing holds the watermark" {
    events 0 0 1000 5000 9000 > pipe
    ft-ingest --time ts:ms event:0-1=pipe > out
    is "$(grep -c '"_watermark"' out)" 1 # the end
}

@test "with --idle a silent partition is not waited for, also in a pipe that brings others" {
    mkfifo pipe
    ft-ingest --time ts:ms --idle 300ms event:0-1=pipe > out &
    ingest=$!
    exec {hold}> pipe
    events 1 0 3000 >&"$hold"
    for time in 1000 2000 3000 4000 5000 6000 7000 8000 9000; do
        events 0 "$((time / 1000))" "$time" >&"$hold"
        sleep 0.1
    done
    poll 'grep -q "\"_watermark\",\"_ts\":8999" out'
    exec {hold}>&-
    wait "$ingest"
    [ ! "$(rejected < out)" ]
}

@test "a source that says nothing while others speak is named, once" {
    mkfifo pipe
    exec {hold}<> pipe
    { events 0 0 1000 && events 3 0 1000; } >&"$hold"
    ft-ingest --time ts:ms --epoch 300ms event:0-4=pipe > out 2> said &
    ingest=$!
    sleep 11
    events 0 1 2000 >&"$hold"
    sleep 1
    kill "$ingest"
    wait "$ingest"
    is "$(cat said)" 'ft-ingest: nothing has come from event[1], event[2], event[4] so far, and nothing is complete without: --idle says for how long to wait'
}

# ---- --take ----

@test "--take puts what a message says besides its payload in front of the record" {
    { message event 3 42 1767225600123 k1 '{"ts":1000}' && message event 3 43 -1 - '{"ts":2000}'; } > pipe
    is "$(ft-ingest --time ts:ms \
        --take 'offset AS kafka_offset, key AS customer_id, partition, topic, time AS kafka_ts' \
        event:3=pipe | records)" \
        '{"_stream":"event","_ts":1000,"kafka_offset":42,"customer_id":"k1","partition":3,"topic":"event","kafka_ts":1767225600123,"ts":1000}
{"_stream":"event","_ts":2000,"kafka_offset":43,"customer_id":null,"partition":3,"topic":"event","kafka_ts":null,"ts":2000}'
}

@test "--take works on an empty object, and for one stream alone" {
    { message a 0 5 1 - '{}' && message b 0 6 1 - '{}'; } > pipe
    is "$(ft-ingest --take a=offset a:0=pipe b:0=pipe | records)" '{"_stream":"a","offset":5}
{"_stream":"b"}'
}

@test "the broker's time can be the event time" {
    { message event 0 0 2000 - '{"x":1}' && message event 0 1 1000 - '{"x":2}' &&
        message event 0 2 -1 - '{"x":3}'; } > pipe
    ft-ingest --time kafka_ts:ms --take 'time AS kafka_ts' event:0=pipe > out
    is "$(records < out)" '{"_stream":"event","_ts":2000,"kafka_ts":2000,"x":1}'
    is "$(rejected < out | jq -r .reason)" 'late
column kafka_ts: there is no time'
    refuses 2 'ft-ingest: --take: the time of a message is in ms, and column kafka_ts of stream event is not' \
        ft-ingest --time kafka_ts:s --take 'time AS kafka_ts' event:0=pipe
}

@test "a payload that has a column which is taken is rejected" {
    { message event 0 0 1 k '{"ts":1000,"key":"mine"}' && message event 0 1 1 k '{"ts":2000,"k\u0065y":1}'; } > pipe
    ft-ingest --time ts:ms --take key event:0=pipe > out
    is "$(records < out)" ''
    is "$(rejected < out | jq -r '"\(.column): \(.reason)"' | uniq -c | sed 's/^ *//')" \
        '2 key: column key: is in the payload, and taken of its message too'
}

@test "a key is text, quoted where it must be, and else rejected" {
    {
        message event 0 0 1 $'a"b\\\tc\n' '{}'
        message event 0 1 1 '"quoted"' '{}'
        message event 0 2 1 7 '{}'
        message event 0 3 1 '' '{}'
        message event 0 4 1 $'\xff' '{}'
    } > pipe
    printf 'event 0 5 1 1 2 \0{}\n' >> pipe
    ft-ingest --take key event:0=pipe > out
    is "$(records < out)" '{"_stream":"event","key":"a\"b\\\u0009c\u000a"}
{"_stream":"event","key":"quoted"}
{"_stream":"event","key":"7"}
{"_stream":"event","key":""}'
    is "$(rejected < out | jq -r '"\(.line) \(.reason)"')" '4 column key: the key of the message is no text
5 column key: the key of the message is no text'
}

@test "a key is what the contract says of its column, where it can be" {
    echo '{"streams":{"event":{"kind":"append","columns":[{"name":"id","type":"int"}]}}}' > contract
    { message event 0 0 1 7 '{}' && message event 0 1 1 x '{}' && message event 0 2 1 - '{}'; } > pipe
    is "$(ft-ingest -c contract --take 'key AS id' event:0=pipe | records)" '{"_stream":"event","id":7}
{"_stream":"event","id":"x"}
{"_stream":"event","id":null}'
}

@test "mistakes in --take are told before anything is read" {
    : > pipe
    refuses 2 'ft-ingest: --take: a message has no header (it has key, partition, offset, topic, time)' \
        ft-ingest --take header event:0=pipe
    refuses 2 'ft-ingest: --take: stream event has no messages to take from (--format kcat)' \
        ft-ingest --take event=key event=pipe
    refuses 2 'ft-ingest: --take: the run has no messages to take from (--format kcat)' \
        ft-ingest --take key event=pipe
    run -2 ft-ingest --take 'key AS _ts' event:0=pipe
}

# ---- tombstones ----

# tombstones CONTRACT-COLUMNS KEY...: what becomes of them.
tombstones() {
    local offset=0 key
    echo "{\"streams\":{\"customer\":{\"key\":\"id\",\"columns\":[$1]}}}" > contract
    for key in "${@:2}"; do message customer 0 $((offset++)) 1 "$key" -; done > pipe
    ft-ingest -c contract customer:0=pipe | grep '"customer"' | grep -v '"_schema"' |
        jq -r 'if ._op == "delete" then "\(.id | tojson)" else .reason end'
}

@test "a null payload deletes the row of its key, which is read as the key column's type" {
    is "$(tombstones '{"name":"id","type":"string"}' c1 7 '"c2"' '' '{"id":"c3","x":1}' $'a\nb')" '"c1"
"7"
"c2"
""
"c3"
"a\nb"'
    is "$(tombstones '{"name":"id","type":"int"}' 7 x 1.0 '{"id":8}' '{"id":"8"}')" '7
column id: x is not an integer
column id: 1.0 is not an integer
8
column id: "8" is not an integer'
    is "$(tombstones '{"name":"id","type":"decimal(5,2)"}' 7.5 '"7.10"' 1e9 true)" '7.5
"7.10"
column id: 1e9 is out of range for its precision
column id: true is not a number'
    is "$(tombstones '{"name":"id","type":"boolean"}' true '"true"')" 'true
column id: "true" is not true or false'
    is "$(tombstones '{"name":"id","type":"date"}' 2026-01-31 2026-02-30)" '"2026-01-31"
column id: 2026-02-30 is not a date like 2025-01-31'
}

@test "a tombstone without a key, or with one that is no text, is rejected and shows its key" {
    message customer 0 3 1 - - > pipe
    message customer 0 4 1 $'\xff' - >> pipe
    message customer 0 5 1 '{"name":1}' - >> pipe
    is "$(ft-ingest --key id customer:0=pipe | rejected)" '{"stream":"customer","source":"customer[0]","line":3,"reason":"it is a tombstone without a key","raw":""}
{"stream":"customer","source":"customer[0]","line":4,"reason":"column id: \\xff is no text","column":"id","raw_base64":"/w=="}
{"stream":"customer","source":"customer[0]","line":5,"reason":"column id: is not in the key of a tombstone","column":"id","raw":"{\"name\":1}"}'
}

@test "the key of a tombstone may be an object, and must be one for a key of several columns" {
    message stock 0 0 1 $'{"shop":"s1",\n"product":7,"x":[1]}' - > pipe
    message stock 0 1 1 '{"shop":"s1"}' - >> pipe
    message stock 0 2 1 's1' - >> pipe
    ft-ingest --key 'shop, product' stock:0=pipe > out
    is "$(records < out)" '{"_stream":"stock","_op":"delete","shop":"s1","product":7}'
    is "$(rejected < out | jq -r .reason)" 'column product: is not in the key of a tombstone
it is a tombstone whose key is no object with the columns of the key'
}

@test "a tombstone of a stream whose rows cannot be deleted is rejected" {
    message event 0 0 1 k1 - > pipe
    is "$(ft-ingest --time ts:ms event:0=pipe | rejected | jq -r .reason)" \
        'it is a tombstone, and rows cannot be deleted here'
}

@test "an empty payload is no tombstone" {
    message customer 0 0 1 k1 '' > pipe
    [[ $(ft-ingest --key id customer:0=pipe | rejected | jq -r .reason) != *tombstone* ]]
}

@test "a key that is taken as the key column deletes as it wrote" {
    { message customer 0 0 1 c1 '{"name":"Ann"}' && message customer 0 1 1 c1 -; } > pipe
    is "$(ft-ingest --key id --take 'key AS id, offset' customer:0=pipe | records)" \
        '{"_stream":"customer","id":"c1","offset":0,"name":"Ann"}
{"_stream":"customer","id":"c1","offset":1,"_op":"delete"}'
}

@test "a tombstone of versions that have times has the broker's" {
    echo '{"streams":{"price":{"kind":"upsert","key":"id","time":{"column":"at","unit":"ms"}}}}' > contract
    { message price 0 0 1000 p1 '{"price":1}' && message price 0 1 2000 p1 -; } > pipe
    is "$(ft-ingest -c contract --take 'time AS at, key AS id' price:0=pipe | records)" \
        '{"_stream":"price","_ts":1000,"at":1000,"id":"p1","price":1}
{"_stream":"price","_ts":2000,"at":2000,"id":"p1","_op":"delete"}'
}

@test "tombstones reach the table that they are of" {
    { message customer 0 0 1 c1 '{"id":"c1"}' && message customer 0 1 1 c2 '{"id":"c2"}' &&
        message customer 0 2 1 c1 -; } > pipe
    ft-ingest --key id customer:0=pipe | ft-sink sqlite:m.db
    is "$(sqlite3 m.db 'SELECT id FROM customer')" c2
}

# ---- offsets ----

@test "messages that come twice are dropped, and nothing is said" {
    { events 0 5 1000 2000 3000 && events 0 5 1000 2000 3000 4000; } > pipe
    refuses 0 '' ft-ingest --time ts:ms event:0=pipe
    is "$(records <<<"$output" | jq ._ts | xargs)" '1000 2000 3000 4000'
}

@test "a gap in the offsets is said when it is seen, and how many there were at the end" {
    { events 0 5 1000 && events 0 8 2000 && events 0 9 3000 && events 0 11 4000 && events 1 0 4000; } > pipe
    refuses 0 'ft-ingest: event[0]: offsets 6 to 7 are missing
ft-ingest: event[0]: 3 offsets were missing, in 2 gaps' ft-ingest --time ts:ms event:0-1=pipe
    { events 0 5 1000 && events 0 7 2000; } > pipe
    refuses 0 'ft-ingest: event[0]: offset 6 is missing' ft-ingest --time ts:ms event:0=pipe
}

# args ARGUMENT...: what kcat-args says but for what it always says.
args() {
    ft-ingest --time ts:ms --print kcat-args "$@" | sed 's/ -C -E -q -X .*//'
}

@test "kcat-args says for each partition where to begin" {
    is "$(args event:0,2)" 'event 0 -t event -p 0 -o beginning
event 2 -t event -p 2 -o beginning'
    is "$(ft-ingest --print kcat-args event:0)" \
        'event 0 -t event -p 0 -o beginning -C -E -q -X auto.offset.reset=error -X queued.min.messages=1000000 -X queued.max.messages.kbytes=16384 -X reconnect.backoff.ms=50 -X reconnect.backoff.max.ms=500'
    refuses 2 'ft-ingest: --print kcat-args: say which partitions, as event:0-3' \
        ft-ingest --format kcat --print kcat-args event
}

@test "kcat-args says where the epoch ended that is restored, and only of partitions" {
    { events 0 5 1000 2000 && events 1 0 1000; } | ft-ingest --epoch 1r --state st --time ts:ms event:0-1=- > out
    is "$(args --state st --restore 1 event:0-2=-)" 'event 0 -t event -p 0 -o 6
event 1 -t event -p 1 -o beginning
event 2 -t event -p 2 -o beginning'
    is "$(args --state st --restore 3 event:0-1)" 'event 0 -t event -p 0 -o 7
event 1 -t event -p 1 -o 1'
    run -2 --separate-stderr ft-ingest --time ts:ms --print kcat-args --state st event:0-1
    [[ $stderr == *'say which one is committed'* ]]
}

@test "a run goes on behind the offsets that were committed, wherever its pipes begin" {
    events 0 5 1000 2000 > one
    events 1 0 1500 > other
    cat one | ft-ingest --state st --time ts:ms event:0=- event:1=other --no-drain > out
    is "$(args --state st --restore 1 event:0-1)" 'event 0 -t event -p 0 -o 7
event 1 -t event -p 1 -o 1'
    events 0 7 5000 >> one   # from the start
    events 1 1 2500 4000 > other # from where it was
    cat one | ft-ingest --state st --restore 1 --time ts:ms event:0=- event:1=other --no-drain > out
    is "$(records < out | jq ._ts | sort -n | xargs)" '2500 4000 5000'
    is "$(grep -m 1 '"_watermark"' out)" '{"_stream":"_watermark","_ts":999}'
}

@test "a gap behind what was committed is said" {
    events 0 5 1000 2000 | ft-ingest --state st --time ts:ms event:0=- > out
    events 0 9 3000 | refuses 0 'ft-ingest: event[0]: offsets 7 to 8 are missing' \
        ft-ingest --state st --restore 1 --time ts:ms event:0=-
}

@test "every partition of the state must be read on, and a new one may come" {
    { events 0 5 1000 && events 1 0 1000; } | ft-ingest --state st --time ts:ms event:0-1=- > out
    refuses 2 'ft-ingest: event[1] was read up to offset 1 and is not among the sources: add event:1, or say --new-file to leave it' \
        ft-ingest --state st --restore 1 --time ts:ms event:0=/dev/null
    { events 0 6 3000 && events 1 1 3000 && events 2 0 2500; } |
        ft-ingest --state st --restore 1 --time ts:ms event:0-2=- > out
    is "$(records < out | jq ._ts | xargs)" '3000 3000 2500'
}

@test "the one partition of a pipe is known again without its number" {
    events 4 5 1000 | ft-ingest --state st --format kcat --time ts:ms event=- > out
    events 4 5 1000 2000 | ft-ingest --state st --restore 1 --format kcat --time ts:ms event=- > out
    is "$(records < out | jq ._ts | xargs)" 2000
    events 3 0 3000 | {
        run -2 --separate-stderr ft-ingest --state st --restore 2 --format kcat --time ts:ms event=-
        [[ $stderr == *'partition 3 of topic event is no source'* ]]
    }
}

@test "a partition that was left with --new-file is still known when it comes back" {
    { events 0 5 1000 && events 1 0 1000; } | ft-ingest --state st --time ts:ms event:0-1=- > out
    events 0 6 2000 | ft-ingest --state st --restore 1 --new-file --time ts:ms event:0=- > out
    is "$(args --state st --restore 2 event:0-1)" 'event 0 -t event -p 0 -o 7
event 1 -t event -p 1 -o 1'
}

@test "what was drained stays so: the same messages change nothing, a new one is refused" {
    events 0 5 1000 > pipe
    ft-ingest --state st --time ts:ms event:0=pipe > out
    refuses 0 '' ft-ingest --state st --restore 1 --time ts:ms event:0=pipe
    events 0 6 2000 >> pipe
    refuses 2 'ft-ingest: st: state is drained; loads that go on need --no-drain' \
        ft-ingest --state st --restore 1 --time ts:ms event:0=pipe
}

@test "pipes of messages drain when it is said, and else only pause" {
    events 0 5 1000 | ft-ingest --state st --time ts:ms event:0=- > out
    is "$(grep -c 9007199254740991 out || true)" 0
    events 0 6 2000 | ft-ingest --state st --restore 1 --drain --time ts:ms event:0=- > out
    is "$(grep -c 9007199254740991 out)" 1
}

@test "a partition whose pipe has ended holds the watermark until the next run" {
    mkfifo one other
    ft-ingest --state st --epoch 1r --time ts:ms event:0=one event:1=other > out &
    ingest=$!
    exec {hold}> one
    events 1 0 1000 > other
    events 0 0 5000 9000 >&"$hold"
    exec {hold}>&-
    wait "$ingest"
    is "$(grep '"_watermark"' out | tail -n 1)" '{"_stream":"_watermark","_ts":999}'
}

# What a kcat prints of partition $1 from offset $2 on: up to offset $3, and half a message.
feed() {
    awk -v partition="$1" -v offset="$2" -v end="$3" 'BEGIN {
        for (; offset < end; offset++) {
            payload = sprintf("{\"ts\":%d,\"n\":\"%d-%d\"}", offset * 7 + partition, partition, offset)
            print "hit", partition, offset, 1, -1, length(payload), payload
        }
        printf "hit %d %d 1 -1 40 {\"ts\":", partition, offset
    }'
}

@test "messages are there exactly once after kills, also where a pipe begins before what was committed" {
    local round committed args partition offset feeders
    mkfifo p0 p1 p2
    for round in 1 2 3 4 5 6 7 8; do
        committed=$(ft-sink --state st --committed sqlite:m.db 2>/dev/null || echo 0)
        ft-ingest --state st --restore "$committed" --time ts:ms --lag 10s --print kcat-args hit:0-2 > args
        feeders=()
        for partition in 0 1 2; do
            offset=$(sed -n "s/^hit $partition .* -o \([^ ]*\) .*/\1/p" args)
            [[ $offset != beginning && $((round % 3)) -ne 0 ]] || offset=0
            feed "$partition" "$offset" "$((round * 5000))" > "p$partition" 2>/dev/null &
            feeders+=($!)
        done
        ft-ingest --state st --restore "$committed" --epoch 1000r --time ts:ms --lag 10s \
            hit:0=p0 hit:1=p1 hit:2=p2 2>/dev/null > >(exec ft-sink --state st sqlite:m.db 2>/dev/null) &
        ingest=$!
        if ((round < 8)); then
            sleep "0.0$((RANDOM % 90 + 10))"
            kill -KILL "$ingest" "${feeders[@]}" 2>/dev/null || true
        fi
        wait "$ingest" "${feeders[@]}" || true
    done
    poll '[[ $(sqlite3 m.db "SELECT count(*), count(DISTINCT n) FROM hit" 2> /dev/null) == "120000|120000" ]]'
}

# ---- messages that are written ----

# What ft-sink prints of rows of stream item, with the key's columns given first.
printed() {
    printf '%s\n' "$begin" "{\"_stream\":\"_schema\",\"stream\":\"item\",\"kind\":\"upsert\",$1}" \
        "${@:2}" "$end" | ft-sink - --print-key
}

@test "--print-key puts the key before a row, and before nothing when the row is deleted" {
    is "$(printed '"key":["id"]' '{"_stream":"item","id":"a","x":1}' '{"_stream":"item","_op":"delete","id":"a"}' \
        '{"_stream":"item","x":1,"id":7}' '{"_stream":"item","_op":"delete","id":7}')" $'a\t{"id":"a","x":1}
a\t
7\t{"x":1,"id":7}
7\t'
}

@test "equal keys are printed alike, however they are spelled" {
    is "$(printed '"key":["id"],"columns":[["id","string"]]' '{"_stream":"item","id":"caf\u00e9"}' \
        '{"_stream":"item","_op":"delete","id":"café"}' | cut -f 1)" 'café
café'
    is "$(printed '"key":["id"],"columns":[["id","decimal(5,2)"],["x","any"]]' '{"_stream":"item","id":1.5}' \
        '{"_stream":"item","id":"1.50"}' '{"_stream":"item","_op":"delete","id":15e-1}' | cut -f 1)" '1.50
1.50
1.50'
    is "$(printed '"key":["at"],"columns":[["at","timestamp(s)"]]' '{"_stream":"item","at":0}' | cut -f 1)" \
        1970-01-01T00:00:00.000Z
}

@test "a key that a line cannot hold, or that reads as something else, is quoted" {
    is "$(printed '"key":["id"]' '{"_stream":"item","_op":"delete","id":"a\tb\n"}' \
        '{"_stream":"item","_op":"delete","id":""}' '{"_stream":"item","_op":"delete","id":"\"a"}' \
        '{"_stream":"item","_op":"delete","id":"{}"}' '{"_stream":"item","_op":"delete","id":"7 \""}')" \
        $'"a\\u0009b\\u000a"\t
""\t
"\\"a"\t
"{}"\t
7 "\t'
}

@test "a key of several columns is printed as an object, in the key's order" {
    is "$(printed '"key":["shop","id"],"columns":[["id","int"],["shop","string"]]' \
        '{"_stream":"item","id":7,"shop":"\u0061"}' '{"_stream":"item","_op":"delete","shop":"a","id":7}')" \
        $'{"shop":"a","id":7}\t{"id":7,"shop":"\\u0061"}
{"shop":"a","id":7}\t'
    is "$(printed '"key":["shop","id"]' '{"_stream":"item","id":7,"x":1,"shop":"\u0061"}' | cut -f 1)" \
        '{"shop":"a","id":7}'
}

@test "what is printed with its key and read again as messages is the same rows" {
    printf '%s\n' '{"id":"a\tb","x":1}' '{"id":"7","x":2}' '{"id":"\"","x":3}' '{"id":"","x":4}' \
        '{"id":"c"}' '{"_op":"delete","id":"a\tb"}' '{"_op":"delete","id":"7"}' \
        '{"_op":"delete","id":"\""}' '{"_op":"delete","id":""}' > items
    echo '{"streams":{"item":{"key":"id","columns":[{"name":"id","type":"string"}]}}}' > contract
    offset=0
    ft-ingest -c contract item=items | ft-sink - --print-key |
        while IFS=$'\t' read -r key payload; do # kcat -Z: nothing is null
            message item 0 $((offset++)) 1 "$key" "${payload:--}"
        done > pipe
    ft-ingest -c contract item:0=pipe | ft-sink sqlite:m.db
    is "$(sqlite3 m.db 'SELECT id FROM item')" c
}

@test "--print-key needs a key, and standard output" {
    printf '{"ts":1000}\n' > event
    ft-ingest --time ts:ms event=event > lines
    refuses 2 'ft-sink: --print-key: event has no key' ft-sink - --print-key < lines
    refuses 2 'ft-sink: --print-key is for standard output (-)' ft-sink sqlite:m.db --print-key < lines
    ft-ingest --key 'a, b' event=event > lines
    refuses 2 'ft-sink: --take: b is the key of stream event, whose rows replace each other' \
        ft-sink - event --take a --print-key < lines
}
