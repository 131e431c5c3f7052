#!/bin/bash
# A log that logrotate moves away, into a database: each hit is there once, whatever is rotated or
# killed meanwhile, and however often this is started again. Ctrl-C ends it; logrotate.conf rotates.
#     rotate.sh LOG DIR
export FT_STATE=$2/state
ft-ingest --restore "$(ft-sink --committed "sqlite:$2/hits.db")" --time ts:ms --lag 10s \
        --follow hit="$1" |
    ft-sink "sqlite:$2/hits.db"
