-- A handler that closes its own coroutine answers nobody until the service exits.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "slave" then
	local closed, last
	skynet.start(function()
		skynet.dispatch("lua", function(session, _, what)
			local co = coroutine.running()
			if what == "close" then
				closed = co
				local x <close> = setmetatable({}, { __close = function() out "closing" end })
				coroutine.close()
			elseif what == "exit" then
				skynet.exit()
			end
			local same = co == last
			last = co
			skynet.retpack(what, same, co == closed, closed and coroutine.status(closed))
		end)
	end)
else
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "slave")
		skynet.send(s, "lua", "close")
		skynet.sleep(1)
		skynet.fork(function() out("close", pcall(skynet.call, s, "lua", "close")) end)
		skynet.sleep(1)
		for i = 1, 3 do out("call", pcall(skynet.call, s, "lua", i)) end
		skynet.send(s, "lua", "exit")
		skynet.sleep(1)
		skynet.abort()
	end)
end
