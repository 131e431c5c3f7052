#!/usr/bin/env bats
# What holds for every filter. Each test goes through all of them.
# shellcheck disable=SC2154,SC2094 # $output and $stderr are set by run; compared, not written

load common

filters='ft-ingest ft-clean ft-firsttouch ft-join ft-window ft-sink'
downstream='ft-clean ft-firsttouch ft-join ft-window ft-sink' # those that read tagged lines

setup_file() {
    export PATH="$BATS_FILE_TMPDIR:$PATH"
    "${CC:-gcc}" -std=c11 -D_GNU_SOURCE -O1 -o "$BATS_FILE_TMPDIR/slow-pipe" \
        "$BATS_TEST_DIRNAME/slow-pipe.c"
}

# Runs FILTER with what it needs to work on the shop below, and with more OPTIONs.
filter() {
    case $1 in
    ft-ingest) ft-ingest --time at:ms "${@:2}" event=- ;;
    ft-clean) ft-clean "${@:2}" ;;
    ft-firsttouch)
        ft-firsttouch --touches event --conversions sale_order --by customer_id --window 1h \
            --take 'event_id AS touch' "${@:2}"
        ;;
    ft-join) ft-join --from sale_order --with customer --on customer_id --take segment "${@:2}" ;;
    ft-window)
        ft-window --from sale_order --keep --tumble 1s --by customer_id \
            --select 'COUNT(*) AS orders' "${@:2}"
        ;;
    ft-sink) ft-sink "${@:2}" - sale_order ;;
    esac
}

schemas='{"_stream":"_schema","stream":"customer","kind":"upsert","key":["customer_id"]}
{"_stream":"_schema","stream":"event","kind":"append","key":["event_id"],"time":"at"}
{"_stream":"_schema","stream":"sale_order","kind":"append","key":["order_id"],"time":"at"}'
customer='{"_stream":"customer","customer_id":"c1","segment":"Loyal"}'
event='{"_stream":"event","_ts":1000,"event_id":"e1","customer_id":"c1","at":1000}'
order='{"_stream":"sale_order","_ts":2000,"order_id":"o1","customer_id":"c1","at":2000}'

# A small shop, tagged, with LINEs in it.
shop() {
    printf '%s\n' "$begin" "$schemas" "$customer" "$event" "$order" "$@" "$end"
}

# What FILTER reads: a shop, and for ft-ingest the same events untagged.
input_of() {
    if [ "$1" = ft-ingest ]; then
        for i in {1..30}; do echo "{\"event_id\":\"ä$i\\u00e4\",\"at\":${i}000,\"n\":0.10}"; done
        printf 'no json\r\n\n{"at":30000,"x":"last"}'
        return
    fi
    printf '%s\n' "$begin" "$schemas" "$customer"
    for i in {10..29}; do
        printf '{"_stream":"event","_ts":%s000,"event_id":"e%s","customer_id":"c1"}\n' "$i" "$i"
        printf '{"_stream":"sale_order","_ts":%s500,"order_id":"o%s","customer_id":"c1"}\n' \
            "$i" "$i"
        printf '{"_stream":"other","ö":[%s,"\\u00e4"]}\n' "$i"
        [ "$i" != 20 ] || echo '{"_stream":"_watermark","_ts":19999}'
    done
    printf '{"_stream":"sale_order","_ts":"x"}\n%s' "$end" # without a last newline
}

# Input of FILTER whose output is over 4 MB: more than a pipe and every buffer hold.
much_for() {
    if [ "$1" = ft-ingest ]; then
        yes '{"at":1000,"text":"a line of about one hundred bytes, of which there are many, many"}'
        return
    fi
    printf '%s\n' "$begin" "$schemas"
    printf '%s\n' "$customer"
    yes '{"_stream":"sale_order","_ts":2000,"order_id":"o1","text":"of about one hundred bytes"}'
}

much() {
    much_for "$1" 2> /dev/null | head -n 60000
    [ "$1" = ft-ingest ] || printf '%s\n' "$end"
}

# refuses STATUS MESSAGE COMMAND...
refuses() {
    run "-$1" --separate-stderr "${@:3}"
    [ "$stderr" = "$2" ]
}

# ---- help ----

@test "--help tells the usage first, the exit statuses last, and exits 0" {
    for filter in $filters; do
        run -0 --separate-stderr "$filter" --help
        [[ "${lines[0]}" == "usage: $filter "* ]]
        [[ "${lines[-1]}" == *'4 what wrote the input has died.' ]]
        [ -z "$stderr" ]
        # every option has its line, none is wider than a terminal of 100
        for option in --metrics --progress --keep-raw --strict --splice --help --version; do
            grep -q -- "^ *$option" <<< "$output"
        done
        [ "$(awk 'length > 100' <<< "$output")" = '' ]
    done
    diff <(ft-ingest --help | head -n 2) <(printf '%s\n' \
        'usage: ft-ingest [-c CONTRACT] [OPTION]... [--follow] STREAM[:PARTITIONS]=PATH...' \
        '       ft-ingest --tagged FILE')
    [ "$(ft-clean --help | head -n 1)" = \
        'usage: ft-clean [-c CONTRACT] [--from STREAM]... [OPTION]...' ]
    [ "$(ft-sink --help | head -n 1)" = 'usage: ft-sink [OPTION]... TARGET [TABLE[=STREAM]]...' ]
}

@test "--version tells the name and the version and exits 0" {
    for filter in $filters; do
        run -0 --separate-stderr "$filter" --version
        [[ "$output" =~ ^$filter\ \(firsttouch\)\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
        [ -z "$stderr" ]
    done
}

@test "--help and --version need nothing else and look at nothing else" {
    for filter in $filters; do
        FT_CONTRACT=nosuch run -0 "$filter" --help < /dev/null
        FT_CONTRACT=nosuch run -0 "$filter" --version < /dev/null
    done
}

# ---- output that cannot be written ----

@test "a full disk is an error, also when only little is written" {
    for filter in $filters; do
        input_of "$filter" > input
        message="$filter: cannot write standard output: No space left on device"
        run -3 --separate-stderr bash -c "$(declare -f filter); filter $filter < input > /dev/full"
        [ "${stderr##*$'\n'}" = "$message" ] # ft-sink tells of a rejected record before it
        much "$filter" > input
        run -3 --separate-stderr bash -c "$(declare -f filter); filter $filter < input > /dev/full"
        [ "$stderr" = "$message" ]
    done
}

@test "a full disk is an error for --help and --version too" {
    for filter in $filters; do
        for option in --help --version; do
            run -3 --separate-stderr bash -c "$filter $option > /dev/full"
            [ "$stderr" = "$filter: cannot write standard output: No space left on device" ]
        done
    done
}

@test "a standard output or input that is closed is an error" {
    for filter in $filters; do
        input_of "$filter" > input
        run -3 --separate-stderr bash -c "$(declare -f filter); filter $filter < input >&-"
        [ "$stderr" = "$filter: standard output: Bad file descriptor" ]
        run -3 --separate-stderr bash -c "$(declare -f filter); filter $filter <&-"
        [ "$stderr" = "$filter: standard input: is not open for reading" ]
        run -3 --separate-stderr bash -c "$filter --help >&-"
        [ "$stderr" = "$filter: cannot write standard output: Bad file descriptor" ]
    done
}

@test "a reader that has gone ends a filter quietly by SIGPIPE, also where SIGPIPE is ignored" {
    for filter in $filters; do
        much "$filter" > input
        for option in '' --splice; do
            # shellcheck disable=SC2086 # an option or none
            filter "$filter" $option < input 2> message | head -n 1 > first
            statuses=${PIPESTATUS[*]}
            [ "$statuses" = '141 0' ]
            [ ! -s message ]
            # shellcheck disable=SC2086
            (trap '' PIPE
                filter "$filter" $option < input 2> message | head -n 1 > first
                echo "${PIPESTATUS[*]}" > statuses)
            [ "$(cat statuses)" = '141 0' ]
            [ ! -s message ]
        done
    done
}

# ---- input that is not ours ----

@test "input without _stream is refused, and says what is missing" {
    for filter in $downstream; do
        refuses 2 "$filter: line 1 has no _stream: put ft-ingest before this" \
            filter "$filter" <<< '{"event_id":"e1"}'
        refuses 2 "$filter: line 1 has no _stream: put ft-ingest before this" \
            filter "$filter" <<< 'plain text'
        refuses 2 "$filter: line 1 has no _stream: put ft-ingest before this" \
            filter "$filter" <<< '{"_stream":7}'
        refuses 2 "$filter: line 9 has no _stream: put ft-ingest before this" \
            filter "$filter" < <(shop '' '{}')
    done
}

@test "empty input means that what writes it has died" {
    for filter in $downstream; do
        refuses 4 "$filter: the input ended without _end: what wrote it has died" \
            filter "$filter" < /dev/null
        refuses 4 "$filter: the input ended without _end: what wrote it has died" \
            filter "$filter" <<< ''
    done
}

@test "input that ends without _end is told, and nothing is flushed as if it were whole" {
    for filter in $downstream; do
        shop | sed '/_end/d; /_barrier/d; /9007199254740991/d' > input
        run -4 --separate-stderr filter "$filter" < input
        [ "$stderr" = "$filter: the input ended without _end: what wrote it has died" ]
        run ! grep '"_end"\|^{"_stream":"first_touch"\|^{"_stream":"window"' <<< "$output"
        # what has no newline was cut off, be it the end itself
        shop | head -c -3 > input
        run -4 --separate-stderr filter "$filter" < input
        [ "$stderr" = "$filter: the input ended without _end: what wrote it has died" ]
    done
}

@test "the last line needs no newline when it is whole" {
    for filter in $downstream; do
        shop > input
        head -c -1 input > unterminated
        filter "$filter" < input > expected
        filter "$filter" < unterminated | cmp expected -
    done
}

@test "one message is printed for a pipe whose input was cut off: by the filter that saw it" {
    shop | head -n -3 > input
    ft-clean < input 2> message | filter ft-firsttouch 2>> message |
        ft-sink - first_touch 2>> message > output || statuses=${PIPESTATUS[*]}
    [ "$statuses" = '4 4 4' ]
    [ "$(cat message)" = 'ft-clean: the input ended without _end: what wrote it has died' ]
    [ ! -s output ]
}

@test "one message is printed for a pipe in which a filter has failed, wherever it stands" {
    in_pipe() { # three filters, of which the first is the command
        "$@" 2> message | ft-clean 2>> message | ft-sink - event > output 2>> message ||
            statuses=${PIPESTATUS[*]}
    }
    in_pipe ft-ingest --nope
    [ "$statuses" = '2 4 4' ]
    [ "$(cat message)" = \
        'ft-ingest: there is no option --nope, or it is short for several (see --help)' ]
    in_pipe ft-ingest -c nosuch.json event=-
    [ "$statuses" = '3 4 4' ]
    [ "$(cat message)" = 'ft-ingest: nosuch.json: No such file or directory' ]
    in_pipe ft-ingest event=nosuch
    [ "$statuses" = '3 4 4' ]
    [ "$(cat message)" = 'ft-ingest: nosuch: No such file or directory' ]
    # in the middle: what stands before it goes on to the end or dies of SIGPIPE
    shop > input
    ft-clean < input 2> message | ft-join --from nope --with customer --on a --take b \
        2>> message | ft-sink - > output 2>> message || statuses=${PIPESTATUS[*]}
    [[ "$statuses" =~ ^(0|141)' 2 4'$ ]]
    [ "$(wc -l < message)" = 1 ]
}

@test "a line behind _end is refused" {
    for filter in $downstream; do
        refuses 2 "$filter: line 11 stands behind _end" filter "$filter" < <(shop; echo "$order")
        refuses 2 "$filter: line 11 stands behind _end" filter "$filter" < <(shop; shop)
        filter "$filter" > output < <(shop; printf '\n \n') # blank lines say nothing
    done
}

@test "a second _begin is refused" {
    for filter in $downstream; do
        refuses 2 "$filter: line 8 is a second _begin: pipes cannot be put one behind the other" \
            filter "$filter" < <(shop "$begin")
    done
}

@test "a broken control line is refused" {
    while IFS=$'\t' read -r line message; do
        for filter in $downstream; do
            refuses 2 "$filter: line 8 $message" filter "$filter" < <(shop "$line")
        done
    done <<'EOF'
{"_stream":"_watermark"}	is a broken control line: _ts is not a whole number
{"_stream":"_watermark","_ts":"5"}	is a broken control line: _ts is not a whole number
{"_stream":"_watermark","_ts":5.5}	is a broken control line: _ts is not a whole number
{"_stream":"_watermark","_ts":5	is a broken control line: unterminated object
{"_stream":"_watermark","_ts":5,"_ts":6}	is a broken control line: a member twice in one object
{"_stream":"_barrier"}	is a broken control line: epoch is not a whole number
{"_stream":"_barrier","epoch":null}	is a broken control line: epoch is not a whole number
{"_stream":"_schema","stream":"_"}	is a broken _schema: its "stream" is not the name of a stream
{"_stream":"_schema","stream":"x"}	is a broken _schema: its "kind" is neither "append" nor "upsert"
{"_stream":"_schema",	is a broken _schema: it is not JSON, or has a member twice
EOF
    for filter in $downstream; do
        refuses 2 "$filter: line 5 is a second _schema of stream sale_order" \
            filter "$filter" < <(shop | sed 4p)
        refuses 2 "$filter: line 1 is a broken control line: version is not a whole number" \
            filter "$filter" < <(shop | sed 1s/version/wersion/)
    done
}

@test "a version that is not spoken here is refused" {
    for filter in $downstream; do
        refuses 2 "$filter: _begin has version 2: this filter speaks version 1" \
            filter "$filter" < <(shop | sed '1s/"version":1/"version":2/')
    done
}

@test "a line in the middle that is no JSON is rejected and the run goes on" {
    for filter in $downstream; do
        shop 'oops' '{"_stream":"event","_ts":1' '{"_stream":"sale_order",}' > input
        filter "$filter" --metrics m < input > output
        [ "$(awk '/fate="rejected"/ { n += $2 } END { print n }' m)" -ge 1 ]
        grep -F 'stream="",fate="rejected"} 1' m
        [ "$filter" = ft-sink ] || [ "$(jq -c 'select(.raw == "oops") | [.filter, .reason]' \
            output)" = "[\"$filter\",\"not a JSON object\"]" ]
        run ! grep -x oops output
    done
}

@test "an argument that is one too many is refused" {
    for filter in ft-clean ft-firsttouch ft-join ft-window; do
        refuses 2 "$filter: argument file is one too many (see --help)" filter "$filter" file
    done
    refuses 2 'ft-sink: - takes one table: b is one too many' ft-sink - a b
}

# ---- bytes ----

@test "the same bytes come out whether the input comes in pieces of 1, 7, 4096 bytes or whole" {
    for filter in $filters; do
        input_of "$filter" > input
        for size in 1000000 1 7 4096; do
            # barriers stand by the clock in a live run
            slow-pipe "$size" < input | filter "$filter" |
                sed '/"_barrier"/d' > "$filter-$size" 2> message
            cmp "$filter-1000000" "$filter-$size"
        done
        [ "$(wc -l < "$filter-1")" -gt 19 ]
    done
}

@test "--splice changes no byte, even where the reader is slow" {
    for filter in ft-ingest ft-clean ft-firsttouch ft-join ft-window; do
        much "$filter" | sed 's/many, many//; 1~3s/hundred//; 1~7s/about one/exactly two/' > input
        filter "$filter" < input > expected
        filter "$filter" --splice < input > output # not a pipe
        cmp expected output
        filter "$filter" --splice < input | { sleep 0.1; cat; } | cmp expected -
        filter "$filter" --splice < input | dd bs=777 status=none | cmp expected -
        # and what is handed over between reads stays as it was
        input_of "$filter" > small
        filter "$filter" < small > expected
        filter "$filter" --splice < small | { sleep 0.05; cat; } | cmp expected -
    done
}

@test "streams and system lines that nobody knows pass untouched and in order" {
    cat > unknown <<'EOF'
{"_stream":"_schema","stream":"more","kind":"append","later":{"a":1}}
{"_stream":"unknown","a":1}
{"_stream":"_later","x":[1, 2]}
 {"a" : 1, "_stream" : "unknown"}
{"_stream":"_rejected","reason":"r","raw":"{"}
{"_stream":"unknown","_ts":1,"_op":"delete"}
{"_stream":"\u0075nknown","b":2}
{"_stream":"sale_orders","_ts":1,"order_id":"o2"}
{"_stream":"eventful"}
EOF
    {
        printf '%s\n' "$begin" "$schemas"
        sed -n 1p unknown
        printf '%s\n' "$customer" "$event"
        sed -n 2,4p unknown
        echo "$order"
        sed -n '5,$p' unknown
        echo "$end"
    } > input
    for filter in ft-clean ft-firsttouch ft-join ft-window; do
        filter "$filter" < input | grep -F -x -f unknown | diff unknown -
    done
    # and all of them stand where they stood among those that the filter makes
    filter ft-join < input | jq -r ._stream | uniq | xargs > order
    [ "$(cat order)" = '_begin _schema event unknown _later unknown sale_order _rejected unknown '\
'sale_orders eventful _watermark _barrier _end' ]
}

@test "members in another order and white space change nothing" {
    order='{"_stream":"sale_order","_ts":2000,"customer_id":"c1","order_id":"o1"}'
    shop > input
    shop | jq -c -S . > sorted
    shop | sed 's/\([,:{}]\)/ \1 /g; s/"epoch" : /&\t/' > spaced
    for filter in $downstream; do
        filter "$filter" < input | jq -c -S . > expected
        [ "$(wc -l < expected)" -ge 1 ]
        filter "$filter" < sorted | jq -c -S . | diff expected -
        filter "$filter" < spaced | jq -c -S . | diff expected -
    done
}

@test "numbers that nobody touches keep their digits through every filter" {
    tail='"n":18446744073709551616,"m":0.1000,"e":1E5,"s":"\u00e4\/"'
    echo "{\"event_id\":\"e\",\"customer_id\":\"c1\",\"at\":1000,$tail}" > event
    echo "{\"order_id\":\"o\",\"customer_id\":\"c1\",\"at\":2000,$tail}" > order
    echo '{"customer_id":"c1","segment":"x"}' > customer
    ft-ingest --time event=at:ms --time sale_order=at:ms --key customer=customer_id \
        --key event=event_id --key sale_order=order_id \
        customer=customer event=event sale_order=order | ft-clean > clean
    ft-sink - event < clean | cmp - event
    filter ft-join < clean | ft-sink - sale_order |
        diff - <(sed 's/}$/,"segment":"x"}/' order)
    filter ft-firsttouch < clean | ft-sink - first_touch | diff - <(sed \
        's/}$/,"touch":"e","first_touch_timestamp":1000,"delta_first_touch_to_order":1000}/' order)
}

@test "a line of one MiB and a value of three pass through every filter" {
    for size in 1048576 3145728; do
        long=$(head -c "$size" /dev/zero | tr '\0' x)
        printf '{"at":1000,"v":"%s"}\n' "$long" > plain
        ft-ingest --time at:ms event=- < plain | ft-sink - | cmp plain -
        printf '{"order_id":"o1","v":"%s","customer_id":"c1"}\n' "$long" > order
        shop "$(sed 's/^{/{"_stream":"sale_order","_ts":2001,/' order)" > input
        ft-clean < input | filter ft-sink | sed -n 2p | cmp order -
        filter ft-join < input | filter ft-sink | sed -n 2p |
            cmp - <(sed 's/}$/,"segment":"Loyal"}/' order)
        filter ft-firsttouch < input | ft-sink - first_touch | sed -n 2p | cmp - <(sed \
            's/}$/,"touch":"e1","first_touch_timestamp":1000,"delta_first_touch_to_order":1001}/' \
            order)
    done
}

# ---- counting ----

@test "every record of the input is counted exactly once, in every filter" {
    for filter in $filters; do
        input_of "$filter" > input
        filter "$filter" --metrics m < input > output
        if [ "$filter" = ft-ingest ]; then
            count=$(grep -c '[^[:space:]]' input)
        else
            count=$(grep -vc '^{"_stream":"_' input)
        fi
        [ "$(awk '/^firsttouch_records/ { n += $2 } END { print n }' m)" = "$count" ]
        # nothing is held at the end but the table
        held=0
        [ "$filter" != ft-join ] || held=1
        [ "$(awk '/fate="held"/ { n += $2 } END { print n + 0 }' m)" = "$held" ]
    done
}

# ---- an idle pipe ----

@test "a line written to an idle tail -F comes out of three filters at once" {
    echo '{"at":1,"n":0}' > log
    mkfifo out
    { tail -F log 2> /dev/null & echo $! > tail.pid; wait; } 3>&- |
        ft-ingest --time at:ms event=- 3>&- | ft-clean 3>&- | ft-sink - > out 3>&- &
    exec 8< out
    read -r -t 5 -u 8 line
    [ "$line" = '{"at":1,"n":0}' ]
    for n in {1..20}; do
        sleep 0.01
        started=${EPOCHREALTIME/./}
        echo "{\"at\":1,\"n\":$n}" >> log
        read -r -t 1 -u 8 line # fails after a second
        echo $((${EPOCHREALTIME/./} - started)) >> microseconds
        [ "$line" = "{\"at\":1,\"n\":$n}" ]
    done
    kill "$(cat tail.pid)"
    wait
    exec 8<&-
    echo "# median of 20 lines: $(sort -n microseconds | sed -n 10p) microseconds" >&3
}

@test "a record that was moved behind its watermark is rejected as late, by whoever consumes it" {
    { printf '%s\n' "$begin" '{"_stream":"_schema","stream":"event","kind":"append","time":"ts"}' \
        '{"_stream":"_watermark","_ts":1000}' '{"_stream":"event","_ts":1000,"ts":1000}' \
        '{"_stream":"_watermark","_ts":500}' '{"_stream":"event","_ts":1001,"ts":1001}' "$end"
    } > input
    run -0 ft-clean < input
    [ "$(grep -c '"_stream":"event","_ts":1001' <<< "$output")" = 1 ]
    [ "$(jq -c 'select(._stream == "_rejected") | [.reason, .record_time]' <<< "$output")" = \
        '["late",1000]' ]
    # a watermark that says nothing new is not passed on
    [ "$(jq -c 'select(._stream == "_watermark") | ._ts' <<< "$output" | xargs)" = \
        "1000 9007199254740991" ]
}

@test "control lines out of all range are broken, not believed" {
    for line in '{"_stream":"_watermark","_ts":-9223372036854775808}' \
        '{"_stream":"_watermark","_ts":9007199254740992}'; do
        printf '%s\n' "$begin" "$line" "$end" > input
        run -2 --separate-stderr ft-clean < input
        [ "$stderr" = "ft-clean: line 2 is a broken control line: _ts is out of range" ]
    done
    printf '%s\n' "${begin/'"stage":0'/'"stage":2147483647'}" "$end" > input
    run -2 --separate-stderr ft-clean < input
    [ "$stderr" = "ft-clean: line 1 is a broken control line: stage is out of range" ]
}

@test "a filter that fails behind a reader that has gone still says why by its status" {
    printf '%s\n' "$begin" '{"_stream":"_schema","stream":"event","kind":"append"}' "$begin" > input
    # shellcheck disable=SC2016 # it is the inner shell's
    run -2 bash -c 'ft-clean < input 2>/dev/null | true; exit ${PIPESTATUS[0]}'
}

@test "--metrics writes into a FIFO and behind a link, and replaces neither" {
    mkfifo pipe
    : > file
    ln -s file link
    exec 8<> pipe # a reader and a writer that stay
    printf '%s\n' "$begin" "$end" | timeout 10 ft-clean --metrics pipe > output
    [ -p pipe ]
    [ "$(timeout 10 grep -m 1 '^firsttouch_epoch' <&8)" = \
        'firsttouch_epoch{filter="ft-clean",stage="1"} 1' ]
    exec 8>&-
    printf '%s\n' "$begin" "$end" | ft-clean --metrics link > output
    [ -L link ]
    grep -q '^firsttouch_epoch{filter="ft-clean",stage="1"} 1$' file
}

@test "names of the system, empty names and bytes that are no text cannot be columns" {
    for name in _ts _stream _op; do
        run -2 --separate-stderr ft-join --from a --with b --on k --take "v AS $name"
        [ "$stderr" = "ft-join: --take: \"$name\" is not free: _stream, _ts and _op are the names of \
the system" ] || [ "$stderr" = "ft-join: --take: \"$name\" is not free: _stream, _ts and _op are \
the names of the system" ]
    done
    run -2 --separate-stderr ft-firsttouch -t a -v b -b k -w 1s --time-as ''
    [ "$stderr" = "ft-firsttouch: --time-as: a column's name is UTF-8 text, and not empty" ]
    run -2 --separate-stderr ft-sink --take $'v AS "\xff"' -
    [ "$stderr" = "ft-sink: --take: a column's name is UTF-8 text, and not empty" ]
}
