#!/bin/bash
# A log that grows from run to run: each run goes on behind what the last one has committed. The
# second one dies before anything is, so the third reads that again, and no hit is lost or doubled.
dir=$(mktemp -d)
export FT_STATE=$dir/state
new_hits() {
    ft-ingest --restore "$(ft-sink --committed "sqlite:$dir/hits.db")" --no-drain \
        --time ts:ms --lag 10s hit="$dir/log"
}
head -n 2 hits.ndjson >"$dir/log"
new_hits | ft-sink "sqlite:$dir/hits.db"
tail -n +3 hits.ndjson >>"$dir/log"
new_hits | head -n 1 >"$dir/begin"
new_hits | ft-sink "sqlite:$dir/hits.db"
sqlite3 "$dir/hits.db" 'SELECT ts, path, ms FROM hit'
rm -r "$dir"
