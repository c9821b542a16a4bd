-- log
-- Who am I answering: context, ret, response and ignoreret across sleeps, forks, calls, queues and wakeups; forged sources and sessions.
local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"
local queue = require "skynet.queue"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = (tostring(t[i]):gsub("\n.*", " ..")) end print("> " .. table.concat(t, " ")) end
skynet.start(function()
	local me, C, kept, q = skynet.self(), {}, nil, queue()
	local function same() local s, a = skynet.context() return math.type(s), a == me end
	function C.sleeping() skynet.sleep(1) out(same()) skynet.retpack "slept" out("after ret", skynet.context()) skynet.sleep(1) out("still", skynet.context()) end
	function C.forked() skynet.fork(function() out("in a fork", skynet.context()) out("ret there", pcall(skynet.ret)) out("response there", pcall(skynet.response)) end) skynet.sleep(1) skynet.retpack "forked" end
	function C.queued() q(function() skynet.sleep(1) out(same()) skynet.retpack "queued" end) end
	function C.nested() out("inner", skynet.call(me, "lua", "sleeping")) out(same()) skynet.retpack "nested" end
	function C.kept() kept = skynet.response() out("context now", skynet.context()) out("ret now", pcall(skynet.retpack, 1)) out("again", pcall(skynet.response)) end
	function C.release() skynet.retpack(kept("TEST"), kept(true, "from elsewhere"), kept("TEST"), (pcall(kept, true))) end
	function C.ignored() skynet.ignoreret() out("context", skynet.context()) out("ret", pcall(skynet.retpack, 1)) out("response", pcall(skynet.response)) end
	function C.nopack() local r = skynet.response(function(...) return "raw " .. select("#", ...) end) skynet.fork(function() out("sent", r(true, 1, 2)) end) end
	function C.badpack() local r = skynet.response(function() error("pack fails", 0) end) out("send", pcall(r, true)) out("test", r "TEST") out("refuse", pcall(r, false)) end
	function C.nilpack() local r = skynet.response(function() end) out("pack gives nothing", pcall(r, true)) out("test", r "TEST", pcall(r, false)) end
	function C.unsendable() out("ret", pcall(skynet.retpack, print)) skynet.retpack "then something else" end
	function C.responsebad() local r = skynet.response() out("send", pcall(r, true, print)) out("again", pcall(r, true, "fine")) end
	function C.nilok() local r = skynet.response() out("nil", r(nil), r "TEST") end
	function C.text() local r = skynet.response() out("a text is true", r("yes", 5)) end
	function C.number() skynet.ret(5) end
	function C.table() skynet.ret({}) end
	function C.nosize() skynet.ret((skynet.pack(1))) end
	function C.tail() return skynet.retpack "tail" end
	skynet.dispatch("lua", function(session, source, c, ...) return C[c](...) end)
	local function call(c) local r skynet.fork(function() r = table.pack(pcall(skynet.call, me, "lua", c)) end) skynet.sleep(6) out("=", c, table.unpack(r or { "waits" }, 1, r and r.n or 1)) end
	for _, c in ipairs { "sleeping", "forked", "queued", "nested", "ignored", "badpack", "nilpack", "unsendable", "responsebad", "nilok", "text", "number", "table", "nosize", "tail", "nosuch" } do call(c) end
	skynet.fork(function() out("raw answer", skynet.tostring(skynet.rawcall(me, "lua", skynet.packstring "nopack"))) end) skynet.sleep(2)
	local answer skynet.fork(function() answer = skynet.call(me, "lua", "kept") end) skynet.sleep(1) out("release", skynet.call(me, "lua", "release")) skynet.sleep(1) out("answer", answer)
	for _, c in ipairs { "sleeping", "kept", "ignored", "nopack", "tail" } do skynet.send(me, "lua", c) skynet.sleep(4) out("sent", c) end out("no-op response", pcall(kept, true, 1), kept "TEST", kept())
	out("in the start function", skynet.context()) out("ret here", pcall(skynet.ret)) out("ignoreret here", pcall(skynet.ignoreret)) skynet.timeout(0, function() out("in a timer", skynet.context()) end) skynet.yield()
	-- forged
	for _, session in ipairs { 1 << 31, -1, (1 << 32) + 5, 1 << 62, math.mininteger, 2.0, 1.5, "3", "x" } do out("session", session, pcall(core.redirect, me, 0xfffff9, 10, session, skynet.packstring "sleeping")) skynet.sleep(4) end
	for _, source in ipairs { 0, 0xfffff9, -1, 1 << 32, "9", ":9", 1.5, {}, true } do out("source", type(source) == "table" and "table" or source, pcall(core.redirect, me, source, 10, 77, skynet.packstring "tail")) skynet.sleep(1) end
	for _, kind in ipairs { 1, 7, 12, 0, 255, 256 + 10, 2 ^ 33 } do out("type", kind, pcall(core.redirect, me, me, kind, 0, skynet.packstring "tail")) skynet.sleep(1) end
	for _, flags in ipairs { 0x20000, 0x40000, 0x60000 } do out("flags", flags, pcall(core.redirect, me, me, flags + 10, 0, skynet.packstring "ignored")) skynet.sleep(1) end
	out("no message", pcall(core.redirect, me, me, 10, 0)) out("nil message", pcall(core.redirect, me, me, 10, 0, nil)) skynet.sleep(1) out("answers to nobody", pcall(core.send, me, 1, 987654, "x")) skynet.sleep(1) skynet.abort()
end)
