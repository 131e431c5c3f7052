#!/bin/bash
# A log as it grows: each line comes out as it is written, unless it is more than 10 s late.
#     live.sh [LOG]
tail -n +1 -F "${1:-hits.ndjson}" |
    ft-ingest --time ts:ms --lag 10s hit=- |
    ft-sink - hit
