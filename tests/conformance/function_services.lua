-- skynet.service: new, query, close, arguments, failing functions, what a function may refer to.
local skynet = require "skynet"
require "skynet.manager"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local service = require "skynet.service"
skynet.start(function()
	local function one(...)
		local skynet = require "skynet"
		local args = table.pack(...)
		skynet.start(function() skynet.dispatch("lua", function(_, _, cmd, x) if cmd == "exit" then skynet.exit() end skynet.retpack(cmd, x, args.n, args[1], args[2] and args[2].key) end) end)
	end
	local a = service.new("one", one, 42, { key = "value" }, nil)
	out("call", skynet.call(a, "lua", "hello", 1))
	out("again", service.new("one", one, 7) == a, service.query("one") == a)
	local waited skynet.fork(function() waited = service.query("two") end) skynet.sleep(1) out("query waits", waited)
	local b = service.new("two", one) skynet.sleep(1) out("and gets it", waited == b, skynet.call(b, "lua", "x"))
	local same = {} for i = 1, 3 do skynet.fork(function() same[i] = service.new("three", one, i) end) end skynet.sleep(3) out("concurrent", same[1] ~= nil, same[1] == same[2], same[2] == same[3])
	out("fails", pcall(service.new, "four", function() error("four fails") end)) out("fails again", pcall(service.new, "four", one)) out("query fails", pcall(service.query, "four"))
	out("start fails", pcall(service.new, "five", function() local skynet = require "skynet" skynet.start(function() skynet.sleep(1) error("five fails") end) end))
	out("local captured", pcall(service.new, "six", function() return skynet, out end)) out("no global used", pcall(service.new, "seven", function() end))
	local c = service.new("eight", function() require "skynet".start(function() end) end) out("no dispatch", pcall(skynet.call, c, "lua", "x"))
	out("close", service.close("one"), service.close("one"), service.close("never there"))
	out("closed", pcall(skynet.call, a, "lua", "x"))
	local a2 = service.new("one", one, "second") out("new after close", a2 ~= a, skynet.call(a2, "lua", "y"))
	out("exit", pcall(skynet.call, a2, "lua", "exit")) skynet.sleep(1) out("the handle of the dead stays", service.query("one") == a2)
	skynet.abort()
end)
