#!/bin/bash
# tee behind ft-ingest records what came in, with its watermarks; --tagged plays it again, to the
# same filters or to others. Both times the same hits come out, without the late one.
bronze=$(mktemp)
ft-ingest --time ts:ms --lag 10s hit=hits.ndjson | tee "$bronze" | ft-sink - hit
ft-ingest --tagged "$bronze" | ft-sink - hit
rm "$bronze"
