#!/bin/sh
# Records what stock Lua prints for the scripts here: ./record.sh LUA55 LUA54 (the latter with LuaFileSystem and lsqlite3).
set -e
here=$(cd "$(dirname "$0")" && pwd)
record() {
    empty=$(mktemp -d)
    (cd "$empty" && TZ=UTC LC_ALL=C "$1" - <"$here/$2" >"$here/$3" 2>&1)
    rm -r "$empty"
}
record "$1" io.lua io.55.txt
record "$2" io.lua io.54.txt
record "$1" os.lua os.txt
record "$2" lfs.lua lfs.txt
record "$2" lsqlite3.lua lsqlite3.txt
