#!/usr/bin/env bats
# run --kafka, with a kcat that is a script here: the topics are files, and it fails where it is told to.
# shellcheck disable=SC2154,SC2030,SC2031 # $output is set by run

load common

# A kcat whose topic T with partition N is the file T.N, a payload in each line. It fails in front of the
# message whose number is in fails.T, and waits in front of each for as long as is in waits.T.
script_kcat() {
    mkdir bin
    cat > bin/kcat <<'SCRIPT'
#!/bin/bash
only_there='' offset=0 queries=()
while (($#)); do
    case $1 in
    -L | -Q | -C) mode=$1 ;;
    -e) only_there=yes ;;
    -t) topic=$2 queries+=("$2") && shift ;;
    -p) partition=$2 && shift ;;
    -o) offset=${2/beginning/0} && shift ;;
    -[bmfX]) shift ;;
    esac
    shift
done
case $mode in
-L) for file in *.0; do echo "  topic \"${file%.0}\" with 1 partitions:"; done ;;
-Q)
    for query in "${queries[@]}"; do
        IFS=: read -r topic partition _ <<<"$query"
        echo "$topic [$partition] offset $(wc -l < "$topic.$partition")"
    done
    ;;
-C)
    number=0
    while IFS= read -r payload; do
        ((number++ >= offset)) || continue
        [[ ! -e fails.$topic ]] || ((number <= $(< "fails.$topic"))) || exit 1
        [[ ! -e waits.$topic ]] || sleep "$(< "waits.$topic")"
        echo "$topic $partition $((number - 1)) 1 -1 ${#payload} $payload"
    done < "$topic.$partition"
    [[ $only_there ]] || exec sleep 60
    ;;
esac
SCRIPT
    chmod +x bin/kcat
    PATH=$PWD/bin:$PATH
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    script_kcat
    for topic in customer campaign event sale_order; do
        cp "$BATS_TEST_DIRNAME/../examples/first-touch/$topic.ndjson" "$topic.0"
    done
}

drain() {
    timeout 20 "$BATS_TEST_DIRNAME/../pipelines/first-touch/run" --kafka broker --drain \
        --state state --sink sqlite:mart.db
}

orders() {
    sqlite3 mart.db 'SELECT order_id, customer_segment FROM mart_order_first_touch ORDER BY 1' |
        paste -sd ' '
}

@test "a kcat that fails does not end its topic: nothing drains, and the next run has the rest" {
    echo 2 > fails.sale_order
    run drain
    [ "$status" -eq 3 ]
    [[ $output == *'kcat of partition 0 of sale_order ended with status 1'* ]]
    rm fails.sale_order
    drain
    is "$(orders)" 'o1|Loyal o2|Loyal o3|Loyal o4|New o5|New o6|VIP o7| o8| o9|Loyal'
}

@test "a topic that is a table is read to its end before any other, however slowly it comes" {
    echo 0.2 > waits.customer
    drain
    is "$(orders)" 'o1|Loyal o2|Loyal o3|Loyal o4|New o5|New o6|VIP o7| o8| o9|Loyal'
}

# Messages of a recorded topic hit, one for each ID, go to the table of hits.
record_and_read() {
    local offset=0 id
    for id; do echo "hit 0 $((offset++)) 1 -1 ${#id} $id"; done > recorded
    ft-ingest --state st --restore "$(ft-sink --state st --committed sqlite:hits.db)" --no-drain \
        --format kcat hit:0=recorded | ft-sink --state st sqlite:hits.db
}

@test "messages that end before those that were read are said, for the topic may be another one" {
    record_and_read '{"id":1}' '{"id":2}' '{"id":3}'
    run record_and_read '{"id":1}' '{"id":2}' '{"id":3}'
    is "$output" ''
    run record_and_read '{"id":7}' '{"id":8}'
    is "$output" 'ft-ingest: hit[0]: ends at offset 1, and was read up to offset 3 before: is it the same topic?'
    is "$(sqlite3 hits.db 'SELECT group_concat(id) FROM hit')" '1,2,3'
}
