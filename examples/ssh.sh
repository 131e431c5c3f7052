#!/bin/bash
# A log on another machine, as it grows: what tail prints there comes here, and so do its next files.
#     ssh.sh HOST LOG
# shellcheck disable=SC2029 # the name of the log is put in here
ssh "$1" "tail -n +1 -F $(printf %q "$2")" |
    ft-ingest --time ts:ms --lag 10s hit=- |
    ft-sink - hit
