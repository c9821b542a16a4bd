"""Writes what a Redis answers to the commands in redis_commands.txt: record.py PORT >redis_replies.txt"""
import pathlib
import shlex
import socket
import sys
import time


def read(stream):
    line = stream.readline()[:-2]
    kind, rest = line[:1], line[1:].decode()
    if kind == b"+":
        return '"%s"' % rest
    if kind == b"-":
        return "error: " + rest
    if kind == b":":
        return rest
    if kind == b"$":
        return "nil" if rest == "-1" else '"%s"' % stream.read(int(rest) + 2)[:-2].decode()
    return None if rest == "-1" else [read(stream) for _ in range(int(rest))]


connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
stream = connection.makefile("rb")
for line in pathlib.Path(__file__).with_name("redis_commands.txt").read_text().splitlines():
    if line.startswith("#"):
        continue
    words = shlex.split(line.lstrip("~").replace("\\", "\\\\"))
    if words[0] == "sleep":
        time.sleep(int(words[1]) / 1000)
        continue
    parts = [word.encode() for word in words]
    connection.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
    reply = read(stream)
    if isinstance(reply, list):
        reply = "[%s]" % " ".join(sorted(reply) if line.startswith("~") else reply)
    print("%s -> %s" % (line.lstrip("~"), "nil" if reply is None else reply))
