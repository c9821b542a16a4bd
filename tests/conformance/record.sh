#!/bin/bash
# Runs the conformance programs on a real Skynet binary.
#   SKYNET_HOME=/path/to/skynet ./record.sh [--check] [--threads N] [NAME ...]
# Without --check it rewrites NAME.expected (and NAME.log.expected for programs that ask for it);
# with --check it compares and exits with 1 if anything differs. For a Skynet with Lua 5.4 these are
# NAME.lua54.expected and NAME.lua54.log.expected, kept only where they differ from the others.
set -u
here=$(cd "$(dirname "$0")" && pwd)
: "${SKYNET_HOME:?set it to the folder of a built skynet}"
home=$(cd "$SKYNET_HOME" && pwd)
check=0
threads=1
names=()
while [ $# -gt 0 ]; do
	case "$1" in
	--check) check=1 ;;
	--threads) shift; threads=$1 ;;
	*) names+=("$(basename "$1" .lua)") ;;
	esac
	shift
done
if [ ${#names[@]} -eq 0 ]; then
	for f in "$here"/*.lua; do names+=("$(basename "$f" .lua)"); done
fi
lua54=0
grep -aq 'LuaVersion: Lua 5\.4' "$home/skynet" && lua54=1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0
for name in "${names[@]}"; do
	work="$tmp/$name"
	mkdir -p "$work"
	n=$threads
	head -n 3 "$here/$name.lua" | grep -q '^-- thread = 1' && n=1
	cat >"$work/config" <<CONFIG
thread = $n
harbor = 0
start = "$name"
bootstrap = "snlua bootstrap"
luaservice = "$home/service/?.lua;$here/?.lua"
lualoader = "$home/lualib/loader.lua"
lua_path = "$home/lualib/?.lua;$home/lualib/?/init.lua;$here/?.lua"
lua_cpath = "$home/luaclib/?.so"
cpath = "$home/cservice/?.so"
snax = "$here/mod/?.lua"
conf_number = 42
conf_true = true
conf_text = "some text"
CONFIG
	(cd "$work" && timeout 20 "$home/skynet" config >raw 2>stderr)
	status=$?
	[ $status -eq 0 ] || echo "$name: exit status $status"
	sed -E -f "$here/normalise.sed" "$work/raw" >"$work/expected"
	kinds=(expected)
	if head -n 3 "$here/$name.lua" | grep -q '^-- log'; then
		sed -E -f "$here/normalise-log.sed" "$work/raw" >"$work/log.expected"
		kinds+=(log.expected)
	fi
	for kind in "${kinds[@]}"; do
		expected="$here/$name.$kind"
		own="$here/$name.lua54.$kind"
		if [ $check = 1 ]; then
			if [ $lua54 = 1 ] && [ -e "$own" ]; then expected=$own; fi
			if ! diff -u "$expected" "$work/$kind" >"$work/diff"; then
				echo "$name: $kind differs"
				head -n 20 "$work/diff"
				bad=1
			fi
			continue
		fi
		[ -s "$work/$kind" ] || { echo "$name: empty $kind"; bad=1; }
		if [ $lua54 = 0 ]; then
			cp "$work/$kind" "$expected"
		elif cmp -s "$work/$kind" "$expected"; then
			rm -f "$own"
		else
			cp "$work/$kind" "$own"
		fi
	done
done
exit $bad
