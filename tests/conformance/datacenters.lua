-- datacenter: set, get, wait, branches, previous values, errors.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local dc = require "skynet.datacenter"
local function show(v) if type(v) ~= "table" then return tostring(v) end local r = {} for k, x in pairs(v) do r[#r + 1] = tostring(k) .. "=" .. show(x) end table.sort(r) return "{" .. table.concat(r, ",") .. "}" end
if mode then
	skynet.start(function() skynet.fork(function() out("other service waited", show(dc.wait("later", "on"))) end) skynet.dispatch("lua", function(_, _, ...) skynet.retpack(dc.get(...)) end) end)
else
	skynet.start(function()
		out("empty", dc.get("nothing")) out("empty path", dc.get("a", "b", "c"))
		out("set", dc.set("key", 1)) out("previous", dc.set("key", "two")) out("get", dc.get("key"))
		out("path", dc.set("x", "y", "z", 5), dc.get("x", "y", "z"), show(dc.get("x"))) out("previous in path", dc.set("x", "y", "z", 6))
		out("table value", dc.set("t", { 1, { k = "v" } }), show(dc.get("t")), dc.get("t", 2, "k"))
		out("number and boolean keys", dc.set(1, true, "v"), dc.get(1, true)) out("false", dc.set("f", false), dc.get("f")) out("nil removes", dc.set("key", nil), dc.get("key"))
		local s = skynet.newservice(SERVICE_NAME, "other")
		out("from another service", skynet.call(s, "lua", "x", "y", "z"))
		for i = 1, 2 do skynet.fork(function() out("waiter", i, show(dc.wait("w"))) end) end
		skynet.fork(function() out("waits for a branch", pcall(dc.wait, "branch")) end)
		skynet.sleep(2) out("nobody woken") dc.set("other", 1) skynet.sleep(1)
		dc.set("w", "now") skynet.sleep(1) dc.set("later", "on", { 1 }) skynet.sleep(1) dc.set("branch", "leaf", 1) skynet.sleep(1)
		out("wait for what is there", dc.wait("w"), show(dc.wait("x")))
		out("through a value", pcall(dc.get, "w", "deeper")) out("set through a value", (pcall(dc.set, "w", "deeper", 1)))
		out("no arguments", (pcall(dc.get)))
		skynet.abort()
	end)
end
