#!/bin/bash
# Sessions of clicks and searches together: at the door two files become one stream. What a record
# has no column for is null, and not counted.
ft-ingest --time ts:ms --lag 10s activity=clicks.ndjson activity=searches.ndjson |
    ft-window --from activity --session 30m --by user --to session \
        --select 'user, window_start AS session_start, window_end AS session_end,
                  COUNT(*) AS activities, COUNT(product) AS clicks, COUNT(query) AS searches' |
    ft-sink - session
