#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2094 # $output and $stderr are set by run; compared, not written

load common

# The contract that most tests check against.
contract='{"streams":{"order":{"key":"id","time":{"column":"at","unit":"ms"},"columns":[
  {"name":"id","type":"string"},
  {"name":"at","type":"timestamp"},
  {"name":"n","type":"int","min":-5,"max":10},
  {"name":"paid","type":"decimal(5,2)","min":0,"max":"99.99"},
  {"name":"state","type":"string","values":["new","paid","größer"]},
  {"name":"size","type":"int","values":[1,2,40]},
  {"name":"rate","type":"decimal(4,2)","values":[0.5,"1"]},
  {"name":"open","type":"boolean"},
  {"name":"day","type":"date"},
  {"name":"seen","type":"timestamp(rfc3339)","min":"2025-01-01T00:00:00Z"},
  {"name":"note","type":"json"},
  {"name":"need","type":"any","required":true},
  {"name":"email","type":"string","classification":"pii","values":["a@example.org"]}]},
 "t":{"key":["a","b"],"columns":[{"name":"a","type":"int"},{"name":"b","type":"string"},
  {"name":"c","type":"int","required":true},{"name":"d","type":"int"}]}}}'

order_schema='{"_stream":"_schema","stream":"order","kind":"append","key":["id"],"time":"at"}'
table_schema='{"_stream":"_schema","stream":"t","kind":"upsert","key":["a","b"]}'

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    echo "$contract" > contract.json
    export FT_CONTRACT=contract.json
}

# The lines on standard input, tagged, after the schemas given and before the end.
pipe() {
    printf '%s\n' "$begin" "$@"
    cat
    printf '%s\n' "$end"
}

# Orders on standard input, as MEMBERS to put behind "id", "at" and "need".
orders() {
    sed 's/.*/{"_stream":"order","_ts":1000,"id":"o","at":1000,"need":0,&}/' |
        pipe "$order_schema"
}

passed() {
    grep -v '^{"_stream":"_'
}

reasons() {
    jq -r 'select(._stream == "_rejected") | .reason'
}

# refuses STATUS MESSAGE COMMAND...
refuses() {
    run "-$1" --separate-stderr "${@:3}"
    [ "$stderr" = "$2" ]
}

@test "records that keep to the contract pass as the bytes they were" {
    cat > good <<'EOF'
"n":-5
"n":10,"paid":"99.99"
"n":null,"paid":0
"paid":1.5,"state":"new"
"paid":15e-1,"state":"gr\u00f6\u00dfer"
"paid":"0.10","state":"gr\u00f6ßer"
"paid":12.3000
"size":40,"rate":0.50
"size":1,"rate":"1.00"
"rate":5E-1
"open":true
"open":false,"day":"2024-02-29"
"day":"2025-12-31","seen":"2025-01-01T01:00:00+01:00"
"note":{"a":[1,{"b":null}]}
"note":"text","need2":1
"note":1e999,"email":"a@example.org"
"email":"\u0061@example.org"
"other":18446744073709551616,"more":0.1000
EOF
    orders < good > input
    ft-clean < input > output
    diff <(passed < input) <(passed < output)
    run ! grep _rejected output
}

@test "a record that does not is rejected, and the reason names column and value" {
    while IFS=$'\t' read -r members reason; do
        echo "$members" >&3
        echo "$reason"
    done > expected 3> bad <<'EOF'
"n":-6	column n: -6 is below the minimum
"n":11	column n: 11 is above the maximum
"n":1.0	column n: 1.0 is not an integer
"n":"1"	column n: "1" is not an integer
"n":true	column n: true is not an integer
"n":9223372036854775808	column n: 9223372036854775808 is out of range for int
"paid":-0.01	column paid: -0.01 is below the minimum
"paid":100	column paid: 100 is above the maximum
"paid":"100"	column paid: "100" is above the maximum
"paid":1.005	column paid: 1.005 has more digits than its scale
"paid":1000	column paid: 1000 is out of range for its precision
"paid":"1,50"	column paid: "1,50" is not a number
"paid":""	column paid: "" is not a number
"paid":[1]	column paid: [1] is not a number
"state":"New"	column state: "New" is not an accepted value
"state":"ne"	column state: "ne" is not an accepted value
"state":"newer"	column state: "newer" is not an accepted value
"state":""	column state: "" is not an accepted value
"state":1	column state: 1 is not a string
"size":3	column size: 3 is not an accepted value
"size":4	column size: 4 is not an accepted value
"size":"1"	column size: "1" is not an integer
"rate":0.51	column rate: 0.51 is not an accepted value
"open":0	column open: 0 is not true or false
"open":"true"	column open: "true" is not true or false
"day":"2025-02-29"	column day: "2025-02-29" is not a date like 2025-01-31
"day":"2025-1-31"	column day: "2025-1-31" is not a date like 2025-01-31
"day":20250131	column day: 20250131 is not a date like 2025-01-31
"seen":"2024-12-31T23:59:59.999Z"	column seen: "2024-12-31T23:59:59.999Z" is below the minimum
"seen":"2025-01-01"	column seen: "2025-01-01" is not an RFC 3339 timestamp
"email":"b@example.org"	column email: the value is not an accepted value
"email":7	column email: the value is not a string
EOF
    orders < bad > input
    ft-clean < input > output
    run ! passed < output
    reasons < output | diff -u expected -
    # each is findable by its column and time
    [ "$(jq -r 'select(.filter == "ft-clean") | "\(.stream) \(.record_time)"' output |
        uniq -c | xargs)" = "$(wc -l < bad) order 1000" ]
    jq -r 'select(.filter == "ft-clean") | .column' output | sed 's/.*/column &:/' |
        diff - <(cut -d ' ' -f 1,2 expected)
}

@test "pii is not told by a rejected record, unless --keep-raw says so" {
    echo '"n":99,"email":"a@example.org"' | orders > input
    echo '"email":"secret@example.org"' | orders | passed >> input
    sed -i '/_end/d; /_barrier/d; /9007199254740991/d' input
    printf '%s\n' "$end" >> input
    ft-clean < input > output
    reasons < output | diff -u - <(cat <<'EOF'
column n: 99 is above the maximum
column email: the value is not an accepted value
EOF
)
    run ! grep example output
    ft-clean --keep-raw < input | jq -r 'select(._stream == "_rejected") | .raw' |
        diff - <(passed < input)
}

@test "without pii the raw line is kept, as base64 when it is no UTF-8" {
    pipe '{"_stream":"_schema","stream":"u","kind":"append","columns":[["n","int"]]}' > input \
        < <(printf '{"_stream":"u","n":"x","a":"\xff"}\n{"_stream":"u","n":"x"}\n')
    unset FT_CONTRACT
    ft-clean < input > output
    [ "$(jq -r 'select(.raw) | .raw' output)" = '{"_stream":"u","n":"x"}' ]
    jq -r 'select(.raw_base64) | .raw_base64' output | base64 -d |
        cmp - <(printf '{"_stream":"u","n":"x","a":"\xff"}')
}

@test "a required column must be there and not null" {
    pipe "$order_schema" > input <<'EOF'
{"_stream":"order","_ts":1,"id":"1","at":1}
{"_stream":"order","_ts":1,"id":"2","at":1,"need":null}
{"_stream":"order","_ts":1,"id":"3","at":1,"need":""}
{"_stream":"order","_ts":1,"id":"4","at":1,"need":false}
EOF
    ft-clean < input > output
    [ "$(passed < output | jq -r .id | xargs)" = '3 4' ]
    [ "$(reasons < output | uniq)" = 'column need: is required and missing' ]
    [ "$(jq -r 'select(.column) | .column' output | xargs)" = 'need need' ]
}

@test "every column of the key is required, said or not" {
    pipe "$order_schema" "$table_schema" > input <<'EOF'
{"_stream":"t","a":1,"c":1}
{"_stream":"t","b":"x","c":1}
{"_stream":"t","a":null,"b":"x","c":1}
{"_stream":"t","a":1,"b":"","c":1}
{"_stream":"order","_ts":1,"at":1,"need":1}
EOF
    ft-clean < input > output
    [ "$(passed < output)" = '{"_stream":"t","a":1,"b":"","c":1}' ]
    reasons < output | diff -u - <(cat <<'EOF'
column b: is required and missing
column a: is required and missing
column a: is required and missing
column id: is required and missing
EOF
)
}

@test "a deleted row needs its key only; what else it has must be right" {
    pipe "$table_schema" > input <<'EOF'
{"_stream":"t","_op":"delete","a":1,"b":"x"}
{"_stream":"t","_op":"delete","a":1,"b":"x","d":2}
{"_stream":"t","_op":"delete","a":1}
{"_stream":"t","_op":"delete","a":"1","b":"x"}
{"_stream":"t","_op":"delete","a":1,"b":"x","d":"2"}
{"_stream":"t","a":1,"b":"x"}
EOF
    ft-clean < input > output
    diff <(passed < input | head -n 2) <(passed < output)
    reasons < output | diff -u - <(cat <<'EOF'
column b: is required and missing
column a: "1" is not an integer
column d: "2" is not an integer
column c: is required and missing
EOF
)
}

@test "of several mistakes in a record one is told, and it is rejected once" {
    echo '"n":99,"paid":"x","state":1' | orders > input
    ft-clean --metrics m < input > output
    [ "$(reasons < output)" = 'column n: 99 is above the maximum' ]
    [ "$(grep -c 'fate="rejected"} 1$' m)" = 1 ]
}

@test "the contract's columns, types, key and classes are announced to the filters behind" {
    orders > input < /dev/null
    ft-clean < input | sed -n 2p | diff -u - <(tr -d '\n' <<'EOF'; echo
{"_stream":"_schema","stream":"order","kind":"append","key":["id"],"time":"at","columns":[
["id","string"],["at","timestamp"],["n","int"],["paid","decimal(5,2)"],["state","string"],
["size","int"],["rate","decimal(4,2)"],["open","boolean"],["day","date"],
["seen","timestamp(rfc3339)"],["note","json"],["need","any"],["email","string","pii"]]}
EOF
)
}

@test "an open contract leaves the columns that the stream came with" {
    echo '{"streams":{"order":{"key":"id","time":{"column":"at","unit":"ms"}}}}' > contract.json
    schema='{"_stream":"_schema","stream":"order","kind":"append","key":["id"],"time":"at",'\
'"columns":[["id","int"],["at","timestamp"]]}'
    pipe "$schema" > input <<'EOF'
{"_stream":"order","_ts":1,"id":1,"at":1,"x":[]}
EOF
    ft-clean < input | sed 's/"stage":1/"stage":0/' | diff -u input -
}

@test "without a contract the types and the key that came with the stream are checked" {
    unset FT_CONTRACT
    pipe '{"_stream":"_schema","stream":"u","kind":"upsert","key":["k"],"columns":[["k","int"],'\
'["p","decimal(3,1)"],["e","string","pii"]]}' "$table_schema" > input <<'EOF'
{"_stream":"u","k":1,"p":"2.5"}
{"_stream":"u","k":1,"p":2.55}
{"_stream":"u","p":1}
{"_stream":"u","k":1,"e":5}
{"_stream":"u","k":1,"new":5}
{"_stream":"u","_op":"delete","k":1}
{"_stream":"t","a":"any","b":1,"c":[]}
{"_stream":"t","b":1,"c":[]}
EOF
    ft-clean < input > output
    passed < output | jq -c . | diff -u - <(cat <<'EOF'
{"_stream":"u","k":1,"p":"2.5"}
{"_stream":"u","k":1,"new":5}
{"_stream":"u","_op":"delete","k":1}
{"_stream":"t","a":"any","b":1,"c":[]}
EOF
)
    reasons < output | diff -u - <(cat <<'EOF'
column p: 2.55 has more digits than its scale
column k: is required and missing
column e: the value is not a string
column a: is required and missing
EOF
)
    diff <(grep _schema input) <(grep _schema output)
}

@test "--from checks only the streams that are named" {
    pipe "$order_schema" "$table_schema" > input <<'EOF'
{"_stream":"t","a":"wrong"}
{"_stream":"order","_ts":1,"id":7}
EOF
    [ "$(ft-clean < input | grep -c _rejected)" = 2 ]
    [ "$(ft-clean --from t < input | jq -r 'select(.reason) | .stream')" = t ]
    [ "$(ft-clean -f order < input | jq -r 'select(.reason) | .stream')" = order ]
    [ "$(ft-clean -f order --from=t < input | grep -c _rejected)" = 2 ]
    [ "$(ft-clean -f order < input | grep -cxF "$table_schema")" = 1 ]
}

@test "a stream that the contract does not have passes as it is" {
    pipe '{"_stream":"_schema","stream":"u","kind":"append","columns":[["n","int"]]}' > input \
        <<< '{"_stream":"u","n":"text"}'
    ft-clean < input | sed 's/"stage":1/"stage":0/' | diff -u input -
}

@test "--from a stream that is not there is an error before the first record" {
    pipe "$order_schema" > input < /dev/null
    refuses 2 'ft-clean: --from: there is no stream nope in contract.json' \
        ft-clean --from nope < input
    refuses 2 'ft-clean: there is no stream t in the input (there are: order)' \
        ft-clean --from t < input
    unset FT_CONTRACT
    refuses 2 'ft-clean: there is no stream nope in the input (there are: order)' \
        ft-clean --from nope < input
    [ "$(grep -vc '_died\|_begin\|_schema' <<< "$output")" = 0 ]
    refuses 2 'ft-clean: there is no stream t in the input (there are: none)' \
        ft-clean --from t <<< "$begin"$'\n'"$end"
}

@test "every mistake on the command line is named, with exit status 2" {
    duration='a duration such as 500ms, 10s, 30m, 1h, 7d or 2w'
    echo '{"streams":{"a":{"lag":"x"}}}' > bad.json
    refuses 2 'ft-clean: argument order is one too many (see --help)' ft-clean order
    refuses 2 'ft-clean: there is no option --stream, or it is short for several (see --help)' \
        ft-clean --stream order
    refuses 2 'ft-clean: there is no option -x (see --help)' ft-clean -x
    refuses 2 'ft-clean: option -f needs an argument (see --help)' ft-clean -f
    refuses 2 'ft-clean: option --contract needs an argument (see --help)' ft-clean --contract
    refuses 2 'ft-clean: --from: "_rejected" cannot be a stream: letters, digits and _, a letter '\
'first' ft-clean --from _rejected
    refuses 3 'ft-clean: nosuch.json: No such file or directory' ft-clean -c nosuch.json
    refuses 2 "ft-clean: bad.json: streams.a.key: is missing: a stream without time is upsert and \
needs one, or write \"kind\": \"append\"" ft-clean -c bad.json
    echo '{"streams":{"a":{"time":{"column":"t","unit":"ms"},"lag":"x"}}}' > bad.json
    refuses 2 "ft-clean: bad.json: streams.a.lag: \"x\" is not $duration, or unbounded" \
        ft-clean -c bad.json
}

@test "--strict ends at the first rejected record with exit status 1" {
    printf '%s\n' '"n":1' '"n":11' '"n":12' | orders > input
    run -1 --separate-stderr ft-clean --strict < input
    [ "$stderr" = 'ft-clean: refused: order: column n: 11 is above the maximum' ]
    [ "${lines[-1]}" = '{"_stream":"_died","filter":"ft-clean"}' ]
}

@test "every record is counted once, as passed or rejected, also of streams that just pass" {
    printf '%s\n' '"n":1' '"n":11' '"n":12' | orders | sed '$d' | sed '$d' | sed '$d' > input
    cat >> input <<'EOF'
{"_stream":"u","n":1}
{"_stream":"u","n":2}
{"_stream":"_rejected","filter":"ft-ingest","reason":"late"}
{"_stream":"order","_ts":5,"id":
EOF
    printf '%s\n' "$end" >> input
    ft-clean --metrics m < input > output
    grep '^firsttouch_records{.*[^0]$' m | sort | diff -u - <(cat <<'EOF'
firsttouch_records{filter="ft-clean",stage="1",stream="_rejected",fate="passed"} 1
firsttouch_records{filter="ft-clean",stage="1",stream="order",fate="passed"} 1
firsttouch_records{filter="ft-clean",stage="1",stream="order",fate="rejected"} 3
firsttouch_records{filter="ft-clean",stage="1",stream="u",fate="passed"} 2
EOF
)
    [ "$(grep -c '"filter":"ft-clean"' output)" = 3 ]
}

@test "a record without the _ts or with an _op that its stream cannot have is rejected" {
    pipe "$order_schema" "$table_schema" > input <<'EOF'
{"_stream":"order","id":"o","at":1,"need":1}
{"_stream":"order","_ts":"1","id":"o","at":1,"need":1}
{"_stream":"order","_ts":1.5,"id":"o","at":1,"need":1}
{"_stream":"order","_ts":9007199254740992,"id":"o","at":1,"need":1}
{"_stream":"t","_op":"insert","a":1,"b":"x","c":1}
EOF
    ft-clean < input > output
    run ! passed < output
    reasons < output | diff -u - <(cat <<'EOF'
has no _ts
is not an integer
is not an integer
has a _ts out of range
has an _op that is not "delete"
EOF
)
}
