#!/bin/bash
# Clicks of each product by the hour, and from these by the day: the second window reads a row for
# each hour and not each click. Days are those of Paris, whose midnights are full hours of UTC. The
# hours are called so since, to the second window, window_start is the start of its own windows.
ft-ingest --time ts:ms --lag 10s click=clicks.ndjson |
    ft-window --from click --tumble 1h --by product --to hourly \
        --select 'product, window_start AS hour, COUNT(*) AS clicks' |
    ft-window --from hourly --tumble 1d --tz Europe/Paris --by product --to daily \
        --select 'CAST(window_start AS DATE) AS day, product, SUM(clicks) AS clicks' |
    ft-sink - daily
