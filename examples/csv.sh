#!/bin/bash
# A name for each code, from a CSV file: sqlite3 reads CSV, ft-join looks up in NDJSON.
countries=$(mktemp)
sqlite3 -batch :memory: '.mode csv' '.import countries.csv country' '.mode list' \
    "SELECT json_object('code', code, 'name', name) FROM country" >"$countries"
ft-ingest --time ts:ms --lag 10s hit=hits.ndjson |
    ft-join --from hit --table country="$countries" --on 'country = code' \
        --take 'name AS country_name' |
    ft-sink - hit
rm "$countries"
