#!/bin/bash
# Hits by the page in a PostgreSQL database, each load going on behind the last; run it twice.
#     postgres.sh URI DIR
export FT_STATE=$2
ft-ingest --restore "$(ft-sink --committed "$1")" --no-drain --time ts:ms --lag 10s hit=hits.ndjson |
    ft-window --from hit --keep --to page_second --tumble 1s --by path \
        --select 'path, window_start AS second, COUNT(*) AS hits, SUM(ms) AS ms' |
    ft-sink "$1" hit page_second
psql -X "$1" -At -c 'SELECT path, hits, ms FROM page_second ORDER BY second, path'
