#!/bin/sh
# Ends the Request Tracker that start.sh started with this folder, by its process id.
set -eu
folder=${1:-${LIVE_RT_DATA:-}}
if [ -z "$folder" ]; then echo "usage: stop.sh FOLDER" >&2; exit 64; fi
[ -s "$folder/pid" ] || exit 0
pid=$(cat "$folder/pid")
# A process id may have been given to another program since: only what looks like the server is ended.
if ps -o args= -p "$pid" 2>/dev/null | grep -q rt-server; then
    kill "$pid"
    tries=0
    while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 100 ]; do tries=$((tries + 1)); sleep 0.1; done
    if kill -0 "$pid" 2>/dev/null; then echo "process $pid does not end" >&2; exit 1; fi
fi
rm -f "$folder/pid"
