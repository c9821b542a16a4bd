-- log
-- Raw yields: what is a text or a number is an unknown command, other values are an error of their own.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local values = { text = "x", number = 42, float = 1.5, yes = true, no = false, table = {}, f = print, none = nil }
if mode == "slave" then
	skynet.start(function()
		skynet.dispatch("lua", function(session, _, what)
			if what == "exit" then skynet.exit() end
			out("yielding", what)
			coroutine.yield(values[what])
			out("never")
		end)
	end)
else
	skynet.start(function()
		local failed = {}
		local s = skynet.newservice(SERVICE_NAME, "slave")
		for _, what in ipairs { "text", "number", "float", "yes", "no", "table", "f", "none" } do
			skynet.send(s, "lua", what)
			skynet.sleep(1)
			skynet.fork(function()
				local _, reason = pcall(skynet.call, s, "lua", what)
				table.insert(failed, what .. " " .. reason)
			end)
			skynet.sleep(1)
		end
		local co = skynet.fork(function() coroutine.yield() out("resumed by hand") coroutine.yield("again") end)
		skynet.yield()
		out("by hand", coroutine.resume(co))
		out(coroutine.status(co))
		out(#failed)
		skynet.send(s, "lua", "exit")
		skynet.sleep(2)
		-- In real Skynet the order is by address.
		table.sort(failed)
		for _, line in ipairs(failed) do out(line) end
		skynet.abort()
	end)
end
