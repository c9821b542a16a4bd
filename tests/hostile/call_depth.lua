-- exit: 0,1
-- out: > done
-- A call inside a call inside a call, to oneself, ten thousand deep; and a hundred thousand messages.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	local got = 0
	skynet.dispatch("lua", function(session, _, n)
		got = got + 1
		if session == 0 then return end
		if n > 0 then
			skynet.retpack(1 + skynet.call(skynet.self(), "lua", n - 1))
		else
			skynet.retpack(0)
		end
	end)
	assert(skynet.call(skynet.self(), "lua", 10000) == 10000)
	for i = 1, 100000 do skynet.send(skynet.self(), "lua", i) end
	skynet.sleep(100)
	assert(got > 100000)
	print("> done")
	skynet.abort()
end)
