#!/bin/bash
# Between two filters stand lines of JSON: jq may change those of a stream and must pass the others.
ft-ingest --time ts:ms --lag 10s hit=hits.ndjson |
    jq -c 'if ._stream == "hit" then .path |= ascii_downcase | del(.country) else . end' |
    ft-sink - hit
