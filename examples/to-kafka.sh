#!/bin/bash
# The last visit to each page, as messages for a topic that is compacted: behind each key stand a tab
# and the row, as kcat wants it; behind the key of a row that was deleted, nothing. Without a broker
# they are shown.
#     to-kafka.sh [BROKER]
send() {
    [[ $1 ]] || exec cat
    exec kcat -P -b "$1" -t last_hit -K $'\t' -Z -X enable.idempotence=true
}
ft-ingest --time ts:ms --lag 10s --key path hit=hits.ndjson |
    ft-sink - hit --print-key |
    send "${1-}"
