# --metrics: what the files say besides the counts, which every filter's own tests look at.
load common

# A pipe of four filters with OPTIONs for ft-ingest; its lines in `lines`, the files 0.m to 3.m.
# Without a drain, customers c1, c2 and c3 have visits that are kept, the tables two rows.
shop() {
    printf '{"id":"v%s","customer":"c%s","at":17672256%s000}\n' \
        1 1 01 2 2 02 3 3 03 4 1 04 5 2 05 >visit.ndjson
    printf '{"sale":"s%s","customer":"c%s","at":17672256%s500}\n' 1 1 01 2 2 03 >sale.ndjson
    printf '{"customer":"c%s","city":"%s"}\n' 1 Oslo 2 Rome >customer.ndjson
    ft-ingest --time visit=at:ms --time sale=at:ms --key customer=customer --metrics 0.m "$@" \
        visit=visit.ndjson sale=sale.ndjson customer=customer.ndjson | tee lines |
        ft-firsttouch --touches visit --conversions sale --by customer --window 1d --take id \
            --metrics 1.m |
        ft-join --from first_touch --with customer --on customer --take city --metrics 2.m |
        ft-sink sqlite:m.db --metrics 3.m
}

# The value of NAME in FILE; nothing when it is not there.
value() {
    sed -n "s/^firsttouch_$2{filter=\"[a-z-]*\",stage=\"${1%.m}\"} //p" "$1"
}

# How many bytes FILEs have together.
size() {
    cat "$@" | wc -c
}

@test "with state every filter tells how many epochs it has made durable, and in what time" {
    FT_STATE=state shop --restore 0 --epoch 3r --no-drain
    barriers=$(grep -c '"_barrier"' lines)
    [ "$barriers" -ge 3 ]
    for file in [0-3].m; do
        [ "$(value "$file" commit_seconds_count)" = "$barriers" ]
        [[ $(value "$file" commit_seconds_sum) =~ ^[0-9]+\.[0-9]{6}$ ]]
        [ "$(value "$file" epoch)" = "$barriers" ]
    done
}

@test "without state only ft-sink makes anything durable" {
    shop
    for file in [0-2].m; do
        [ "$(value "$file" commit_seconds_count)" = '' ]
        [ "$(value "$file" state_bytes)" = '' ]
    done
    [ "$(value 3.m commit_seconds_count)" = 1 ]
}

@test "state_keys are the keys for which something is held, with state or without" {
    FT_STATE=state shop --restore 0 --no-drain
    [ "$(value 1.m state_keys)" = 3 ]
    [ "$(value 2.m state_keys)" = 2 ]
    [ "$(value 0.m state_keys)$(value 3.m state_keys)" = '' ] # no keys there
    ft-ingest --time at:ms visit=visit.ndjson >lines
    ft-clean --from visit --dedup customer --metrics 1.m <lines >out
    [ "$(value 1.m state_keys)" = 3 ]
    ft-clean --from visit --metrics 1.m <lines >out
    [ "$(value 1.m state_keys)" = 0 ]
}

@test "state_bytes is the size of the files that the last snapshot is made of" {
    FT_STATE=state shop --restore 0 --epoch 1000r --no-drain
    [ "$(value 1.m state_bytes)" = "$(size state/1-ft-firsttouch/{1.manifest,*.ndjson})" ]
    [ "$(value 2.m state_bytes)" = "$(size state/2-ft-join/{1.manifest,*.ndjson})" ]
}

@test "the watermark's lag is what the clock says, less the watermark" {
    local now_ms at_ms before_ms after_ms lag_ms
    now_ms=$(date +%s%3N)
    at_ms=$((now_ms - 3600 * 1000))
    printf '{"at":%s}\n' "$at_ms" >hit.ndjson
    before_ms=$((now_ms - at_ms + 1)) # the watermark is 1 ms behind the record
    FT_STATE=state ft-ingest --time at:ms --restore 0 --no-drain --metrics 0.m hit=hit.ndjson |
        tail -n 1 >last
    after_ms=$(($(date +%s%3N) - at_ms + 1))
    lag_ms=$(value 0.m watermark_lag_seconds | tr -d .)
    ((before_ms <= lag_ms && lag_ms <= after_ms))
}

@test "where all is complete there is no watermark, and nothing lags" {
    printf '%s\n' "$begin" "$end" | ft-clean --metrics 1.m >out
    [ "$(value 1.m epoch)" = 1 ]
    run ! grep -q watermark 1.m
}

@test "every metric has one HELP and one TYPE before its samples, which stand together" {
    FT_STATE=state shop --restore 0 --no-drain
    for file in [0-3].m; do
        awk '/^# HELP / { name = $3; if (seen[name]++) exit 1; next }
            /^# TYPE / { if ($3 != name) exit 1; next }
            { metric = $0; sub(/[{ ].*/, "", metric); sub(/_(sum|count)$/, "", metric)
              if (metric != name) exit 1 }' "$file"
    done
}

@test "firsttouch(7) describes every metric, and no other" {
    FT_STATE=state shop --restore 0 --no-drain
    grep -ohE '^firsttouch_[a-z_]+' [0-3].m | sort -u >written
    sed -n '/^\.Sh METRICS/,/^\.Sh ENV/p' "$root/cmd/firsttouch.7" |
        grep -oE 'firsttouch_[a-z_]+' | sort -u | diff written -
}
