-- Light userdata that are no messages: the same pointer comes back, out of a table, a message, a call.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local a, b = {}, {}
local function own(i) return debug.upvalueid(function() return a, b end, i) end
if mode == "slave" then
	skynet.start(function()
		local kept
		skynet.dispatch("lua", function(_, _, what, p, q)
			kept = kept or p
			skynet.retpack(type(p), p == kept, p == q, p == own(1), p, q)
		end)
	end)
else
	skynet.start(function()
		local one, two = own(1), own(2)
		out(one == own(1), one == two)
		local p, q = skynet.unpack(skynet.pack(one, two))
		out(p == one, q == two, p == q)
		p, q = skynet.unpack(skynet.packstring(one, { two }))
		out(p == one, q[1] == two)
		local s = skynet.newservice(SERVICE_NAME, "slave")
		for _ = 1, 2 do
			local kind, kept, same, theirs, back, back_two = skynet.call(s, "lua", "x", one, two)
			out(kind, kept, same, theirs, back == one, back_two == two)
		end
		skynet.abort()
	end)
end
