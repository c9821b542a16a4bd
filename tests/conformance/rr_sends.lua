-- thread = 1
-- Sends to four services are served round robin; a mailbox keeps its place while it is empty.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode then
	skynet.start(function()
		skynet.dispatch("lua", function(session, source, what, n, back)
			out(mode, what, n)
			if back then skynet.send(back, "lua", what .. "'", n) end
		end)
	end)
else
	skynet.start(function()
		local s = {}
		for i = 1, 4 do s[i] = skynet.newservice(SERVICE_NAME, "s" .. i) end
		skynet.dispatch("lua", function(_, _, what, n) out("main", what, n) end)
		for i = 1, 5 do skynet.send(s[1], "lua", "a", i) end
		for i = 1, 2 do skynet.send(s[2], "lua", "b", i) end
		for i = 1, 4 do skynet.send(s[3], "lua", "c", i) end
		skynet.send(s[4], "lua", "d", 1)
		skynet.sleep(3)
		out("second round: bounced through the main service")
		for i = 1, 3 do
			skynet.send(s[4], "lua", "e", i, skynet.self())
			skynet.send(s[2], "lua", "f", i, skynet.self())
		end
		skynet.sleep(3)
		out("third round: each passes its message on to the next")
		for i = 1, 3 do for k = 1, 3 do skynet.send(s[k], "lua", "g", i, s[k + 1]) end end
		skynet.sleep(3)
		skynet.abort()
	end)
end
