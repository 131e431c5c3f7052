#!/bin/bash
# Messages of partition 0 of the topic hit, a line out for each as it comes. Without a broker, what kcat
# once printed stands for it.
#     kafka.sh [BROKER]
messages() {
    local options
    [[ $1 ]] || { cat hits.kcat && return; }
    read -ra options < <(ft-ingest --print kcat-args hit:0)
    exec stdbuf -oL kcat -b "$1" "${options[@]:2}" -f "$(ft-ingest --print kcat-format)"
}
messages "${1-}" |
    ft-ingest --time ts:ms --lag 10s --take 'offset AS kafka_offset' hit:0=- |
    ft-sink - hit
