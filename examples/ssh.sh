#!/bin/bash
# A log on another machine, as it grows: what tail prints there comes here, and so do its next files.
#     ssh.sh HOST LOG
ssh "$1" "tail -n +1 -F $(printf %q "$2")" |
    ft-ingest --time ts:ms --lag 10s hit=- |
    ft-sink - hit
