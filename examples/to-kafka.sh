#!/bin/bash
# Hits as messages with the page as key, for a topic that keeps the latest of each key: kcat wants the
# key and a tab before each row. Behind the key of a row that is deleted stands nothing, which -Z makes
# a tombstone. Without a broker they are shown.
#     to-kafka.sh [BROKER]
send() {
    [[ $1 ]] || exec cat
    exec kcat -P -b "$1" -t last_hit -K $'\t' -Z -X enable.idempotence=true
}
ft-ingest --time ts:ms --lag 10s --key path hit=hits.ndjson |
    ft-sink - hit --print-key |
    send "${1-}"
