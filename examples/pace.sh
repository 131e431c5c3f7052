#!/bin/bash
# What was recorded comes again at its own times, or SPEED times as fast: for what looks at a live pipe.
# The watermarks are in a recording, so the same windows close behind the same lines at any speed.
#     pace.sh [SPEED]
pace() {
    local line due first=
    while IFS= read -r line; do
        if [[ $line =~ \"_ts\":([0-9]+) ]] && ((BASH_REMATCH[1] < 9007199254740991)); then
            : "${first:=${BASH_REMATCH[1]}}"
            due=$(((BASH_REMATCH[1] - first) / $1))
            while ((${EPOCHREALTIME/./} / 1000 - started < due)); do sleep 0.01; done
        fi
        printf '%s\n' "$line"
    done
}
started=$((${EPOCHREALTIME/./} / 1000))
ft-ingest --time ts:ms --lag 10s hit=hits.ndjson | pace "${1-1}" |
    ft-ingest --tagged - |
    ft-window --from hit --tumble 1s --select 'window_start AS at, COUNT(*) AS hits' |
    ft-sink -
