# From a real Kafka into a real PostgreSQL. `make check-kafka` runs this, `make check` does not.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # quotes and subshells are meant
load servers

now_ms() {
    echo $((${EPOCHREALTIME/./} / 1000))
}

@test "a line into an idle topic is in PostgreSQL within 1.5 s, with epochs of 1 s" {
    make_run
    start_run
    hits 1 | say hit 0
    poll_ids 1
    local begun took=() id all=1
    for id in 2 3 4 5 6; do
        sleep 1.1 # an idle one
        begun=$(now_ms) all+=" $id"
        hits "$id" | say hit $((id % 4))
        poll_ids "$all"
        took+=($(($(now_ms) - begun)))
    done
    end_run
    echo "ms: ${took[*]}"
    (($(printf '%s\n' "${took[@]}" | sort -n | sed -n 3p) <= 1500))
}

@test "four partitions are read once each, and a run goes on behind what is committed" {
    make_run
    for partition in 0 1 2 3; do
        for ((id = partition; id < 20; id += 4)); do hit "$id"; done | say hit "$partition"
    done
    start_run
    poll_ids "$(seq -s ' ' 0 19)"
    end_run
    hits 20 | say hit 0
    hits 21 22 | say hit 1
    start_run
    poll_ids "$(seq -s ' ' 0 22)"
    end_run
    drain_run
    is "$(ids)" "$(seq -s ' ' 0 22)"
    is "$(sql 'SELECT count(*) FROM _rejected')" 0
}

@test "each partition has a watermark of its own: what is late is so for its partition alone" {
    make_run
    hits 100 99 101 | say hit 0
    hits 1 2 3 2 | say hit 1
    hits 50 | say hit 2
    drain_run
    is "$(ids)" '1 2 3 50 100 101'
    is "$(sql 'SELECT source, line, reason FROM _rejected ORDER BY 1')" "hit-${n}[0]|1|late
hit-${n}[1]|3|late"
}

@test "a partition without messages holds the watermark, and with an idle time it does not" {
    make_run 'ft-window --from hit --tumble 1s --to per_second --select "COUNT(*) AS hits" |'
    local partition
    for partition in 0 1 2; do hits 1 2 3 | say hit "$partition"; done
    start_run
    poll 'grep -qs "[1-9]" state/committed'
    sleep 1.5
    end_run
    is "$(sql 'SELECT count(*) FROM per_second')" 0
    start_run --idle 500ms
    poll '[[ $(sql "SELECT sum(hits) FROM per_second" 2>/dev/null) == 6 ]]' # 3 s is not over
    end_run
}

@test "what retention has removed before it was read is an error, and nothing behind it is read" {
    make_run
    hits 1 2 3 | say hit 0
    start_run
    poll_ids '1 2 3'
    end_run
    hits 4 5 6 7 | say hit 0
    server trim "hit-$n" 0 5
    run -3 ./run --kafka "$broker" --state state
    [[ $output == *'run: kcat: ERROR: Topic hit-'*' [0] error: fetch failed due to requested offset not available'* ]]
    is "$(ids)" '1 2 3'
}

@test "a gap in the offsets is told, and nothing else is made of it" {
    make_run
    hit 1 | server transactions "hit-$n" 20
    drain_run --idle 1s
    local highest
    highest=$(kcat -C -b "$broker" -t "hit-$n" -e -q -o beginning -f '%o\n' | sort -n | tail -n 1)
    ((highest > 19)) # markers of transactions are in between
    grep -q "hit-$n\[[0-3]\]: offset.* missing" err
    is "$(sql 'SELECT count(*) FROM hit')" 20
}

@test "a message may be spread over lines, be empty, or be anything but JSON" {
    make_run
    printf '%s\x1e' $'a|{\n  "id": 1,\n  "at": 1000,\n  "path": "/a b"\n}' 'a|' '|not JSON' \
        $'|{"id":2,\n\n"at":2000}' | say hit 0 -K '|' -D $'\x1e'
    hits 3 | say hit 1 -K '|' -D $'\n' # no key
    printf 'k\twith a tab|%s\n' "$(hit 4)" | say hit 2 -K '|'
    drain_run
    is "$(ids)" '1 2 3 4'
    is "$(sql 'SELECT path FROM hit WHERE id = 1')" '/a b'
    is "$(sql "SELECT line FROM _rejected WHERE source = 'hit-${n}[0]' ORDER BY line")" "1
2"
}

@test "a tombstone deletes the row of its key" {
    streams=page make_run
    printf '%s\n' '/a|{"path":"/a","title":"A"}' '/b|{"path":"/b","title":"B"}' \
        '/c|{"path":"/c","title":"C"}' '/b|' | say page 1 -K '|' -Z
    start_run
    poll '[[ $(sql "SELECT string_agg(path, \$\$ \$\$ ORDER BY path) FROM page" 2>/dev/null) == "/a /c" ]]'
    printf '%s\n' '/c|' '/b|{"path":"/b","title":"again"}' | say page 1 -K '|' -Z
    poll '[[ $(sql "SELECT path, title FROM page ORDER BY path" | xargs) == "/a|A /b|again" ]]'
    end_run
}

@test "a table is whole before the first record meets it" {
    streams='page hit' make_run "ft-join --from hit --with page --on path --take title |"
    local i
    for i in 0 1 2; do
        printf '{"path":"/%d","title":"page %d"}\n' "$i" "$i" | say page "$i"
    done
    hits 1 2 3 4 | say hit 3
    start_run
    poll_ids '1 2 3 4'
    end_run
    is "$(sql 'SELECT id, title FROM hit ORDER BY id')" '1|page 1
2|page 2
3|page 0
4|page 1'
}

@test "a topic that is not there is exit 3, naming it" {
    make_run
    sed -i "s/hit-$n/nowhere/" contract.json
    run -3 ./run --kafka "$broker" --state state
    [[ $output == *nowhere* ]]
}

@test "a broker that is not there is exit 3" {
    make_run
    run -3 timeout 30 ./run --kafka 127.0.0.1:1 --state state
    [[ $output == *kcat* ]]
}

@test "a broker that is killed and comes back is waited for" {
    make_run
    hits 1 | say hit 0
    start_run
    poll_ids 1
    server kill
    sleep 0.5
    server restart
    hits 2 | say hit 0
    hits 3 | say hit 3
    poll_ids '1 2 3'
    end_run
    drain_run
    is "$(ids)" '1 2 3'
}

@test "a database that is killed and comes back is waited for" {
    make_run
    hits 1 | say hit 0
    start_run
    poll_ids 1
    halt_postgres
    hits 2 | say hit 1
    sleep 1.2
    start_postgres
    hits 3 | say hit 0
    poll_ids '1 2 3'
    end_run
    drain_run
    is "$(ids)" '1 2 3'
}

@test "SIGTERM ends a run within 5 s, idle or busy, with all that was read committed" {
    make_run
    seq 200000 | awk '{ printf "{\"id\":%d,\"at\":%d,\"path\":\"/a\"}\n", $1, $1 }' | say hit 0
    local begun
    start_run
    poll 'grep -qs "[1-9]" state/committed'
    begun=$(now_ms)
    end_run
    (($(now_ms) - begun < 5000))
    hits 200001 | say hit 0
    start_run
    poll '[[ $(sql "SELECT max(id) FROM hit") == 200001 ]]'
    begun=$(now_ms)
    end_run
    (($(now_ms) - begun < 5000))
    is "$(sql 'SELECT count(*), count(DISTINCT id) FROM hit')" '200001|200001'
}

@test "when run is killed, no kcat and no filter outlives it" {
    make_run
    hits 1 | say hit 0
    start_run
    poll_ids 1
    local group
    group=$(ps -o pgid= -C kcat | sort -u | while read -r g; do
        ! grep -qs "hit-$n" /proc/"$(pgrep -o -g "$g" kcat)"/cmdline || echo "$g"
    done)
    [[ $group ]]
    kill -KILL "$run_pid"
    wait_run || true
    poll "! pgrep -g $group >/dev/null"
    hits 2 | say hit 0
    drain_run
    is "$(ids)" '1 2'
}

@test "a kcat that is killed ends the run with an error, and the next one goes on" {
    make_run
    hits 1 | say hit 0
    start_run
    poll_ids 1
    kill -KILL "$(pgrep -f "kcat.* -t hit-$n -p 2 ")"
    local status=0
    wait_run || status=$?
    is "$status" 3
    grep -q 'run: the kcat of .* ended with status 137' err
    hits 2 | say hit 2
    start_run
    poll_ids '1 2'
    end_run
}

@test "rows go back to Kafka with their keys, and come from there again" {
    streams=page make_run
    printf '%s\n' '{"path":"/a","title":"A"}' '{"path":"/b","title":"B\ttwo\nlines"}' \
        '{"path":"/b","_op":"delete"}' >page.ndjson
    topics copy
    FT_CONTRACT=contract.json ft-ingest page=page.ndjson | ft-sink - --print-key |
        say copy 2 -K $'\t' -Z
    is "$(kcat -C -b "$broker" -t "copy-$n" -e -q -o beginning -f '%k %S %s\n')" \
        '/a 25 {"path":"/a","title":"A"}
/b 37 {"path":"/b","title":"B\ttwo\nlines"}
/b -1 '
    sed -i "s/page-$n/copy-$n/" contract.json
    drain_run
    is "$(sql 'SELECT path, title FROM page')" '/a|A'
}

@test "the oracle and first-touch over topics find the same" {
    random-shop 5 .
    "$kafka/scatter" . topics 5
    "$kafka/produce" "$broker" topics
    SOURCE_DATE_EPOCH=0 "$root/pipelines/first-touch/kafka" "$broker" --state state --sink "$sink" \
        --drain
    "$root/tests/oracle/oracle" --of first-touch topics >expected
    [ -s expected ]
    "$root/tests/oracle/oracle" --of first-touch --mart "$sink" | diff expected -
}
