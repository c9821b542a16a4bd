#!/bin/sh
# Records what a real Redis answers: ./record.sh REDIS_SERVER [PORT]
set -e
here=$(cd "$(dirname "$0")" && pwd)
port=${2:-7399}
"$1" --port "$port" --bind 127.0.0.1 --save "" --appendonly no >/dev/null &
server=$!
trap 'kill $server' EXIT
sleep 2
python3 "$here/record.py" "$port" >"$here/redis_replies.txt"
