-- datacenter: waiters on values, on branches and below leaves, several of one key, updates while somebody waits, odd keys and values.
local skynet = require "skynet"
require "skynet.manager"
local dc = require "skynet.datacenter"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = (tostring(t[i]):gsub("\n.*", " ..")) end print("> " .. table.concat(t, " ")) end
skynet.start(function()
	local function wait(label, ...) local keys = table.pack(...) skynet.fork(function() local r = table.pack(pcall(dc.wait, table.unpack(keys, 1, keys.n))) out("waited", label, table.unpack(r, 1, r.n)) end) end
	out("get nothing", dc.get("a")) out("get below nothing", dc.get("a", "b", "c"))
	wait("a 1", "a") wait("a 2", "a") wait("a 3", "a") skynet.sleep(1) out("set", dc.set("a", 1)) skynet.sleep(1) out("wait for what is there", dc.wait("a")) out("previous", dc.set("a", 2), dc.get("a"))
	wait("b.c", "b", "c") skynet.sleep(1) out("set beside", dc.set("b", "d", 1)) skynet.sleep(1) out("set it", dc.set("b", "c", 2)) skynet.sleep(1)
	wait("branch", "e") skynet.sleep(1) out("make branch", pcall(dc.set, "e", "f", 1)) skynet.sleep(1)
	wait("below a leaf", "a", "x") skynet.sleep(1) out("get below a leaf", pcall(dc.get, "a", "x")) out("set below a leaf", pcall(dc.set, "a", "x", 1)) skynet.sleep(1)
	wait("g.h", "g", "h") skynet.sleep(1) out("leaf where somebody waits below", pcall(dc.set, "g", 1)) skynet.sleep(1) out("g", pcall(dc.get, "g"))
	wait("i", "i") wait("i.j", "i", "j") skynet.sleep(1) out("set i.j", pcall(dc.set, "i", "j", 5)) skynet.sleep(1) out("set i", pcall(dc.set, "i", 6)) skynet.sleep(1)
	out("table value", pcall(dc.set, "t", { x = 1, y = { 2 } })) out("read into it", pcall(dc.get, "t", "x")) out("deeper", pcall(dc.get, "t", "y", 1)) out("set into it", pcall(dc.set, "t", "z", 3)) out("whole", (function() local n = 0 for k in pairs(dc.get "t") do n = n + 1 end return n end)())
	out("delete", pcall(dc.set, "a", nil)) out("then", pcall(dc.get, "a")) out("false", pcall(dc.set, "f", false)) out("get false", pcall(dc.get, "f")) wait("false", "f") skynet.sleep(1)
	out("number key", pcall(dc.set, 1, 2, 3)) out("as float", pcall(dc.get, 1.0, 2)) out("boolean key", pcall(dc.set, true, 1)) out("nil key", pcall(dc.set, nil, 1)) out("no key", pcall(dc.get)) out("no value", pcall(dc.set, "only")) out("nothing", pcall(dc.set)) out("wait for nothing", nil)
	out("replace branch", pcall(dc.set, "b", "leaf")) out("b.c", pcall(dc.get, "b", "c")) out("unknown", pcall(skynet.call, "DATACENTER", "lua", "NOSUCH", "x")) skynet.sleep(1)
	out("raw wait", pcall(function() local n for i = 1, 3 do skynet.fork(function() n = (n or 0) + skynet.call("DATACENTER", "lua", "WAIT", "many", "x") end) end skynet.sleep(1) skynet.call("DATACENTER", "lua", "UPDATE", "many", "x", 7) skynet.sleep(1) return n end))
	local co = skynet.fork(function() dc.wait("killed") out("never") end) skynet.sleep(1) out("kill the waiter", skynet.killthread(co) == co) out("set", dc.set("killed", 1)) skynet.sleep(1)
	skynet.abort()
end)
