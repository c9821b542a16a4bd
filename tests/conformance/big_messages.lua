-- Large strings, large tables and large replies through call; sizes seen by rawcall.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "slave" then
	skynet.start(function()
		skynet.dispatch("lua", function(_, _, cmd, a, b)
			if cmd == "length" then skynet.retpack(#a)
			elseif cmd == "make" then skynet.retpack((b or "x"):rep(a))
			elseif cmd == "sum" then local s = 0 for _, v in ipairs(a) do s = s + v end skynet.retpack(s, #a)
			elseif cmd == "table" then local t = {} for i = 1, a do t[i] = { id = i, name = "n" .. i } end skynet.retpack(t) end
		end)
	end)
else
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "slave")
		for _, n in ipairs { 0, 1, 31, 32, 127, 128, 129, 65535, 65536, 1000000, 20000000 } do
			out("length", n, skynet.call(s, "lua", "length", ("a"):rep(n)), #skynet.call(s, "lua", "make", n))
			local msg, sz = skynet.rawcall(s, "lua", skynet.pack("make", n, "b"))
			out("  raw size", sz)
		end
		local t = {} for i = 1, 100000 do t[i] = i end
		out("sum", skynet.call(s, "lua", "sum", t))
		local r = skynet.call(s, "lua", "table", 20000)
		out("table", #r, r[1].id, r[20000].name)
		skynet.abort()
	end)
end
