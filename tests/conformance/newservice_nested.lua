-- thread = 1
-- Services started from start functions, from handlers, from forks, many at once; the order they report.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "tree" then
	local _, depth, name = ...
	depth = tonumber(depth)
	skynet.start(function()
		out("start", name)
		local kids = {}
		if depth > 0 then for i = 1, 2 do kids[i] = skynet.newservice(SERVICE_NAME, "tree", depth - 1, name .. i) end end
		skynet.dispatch("lua", function() local n = 1 for _, k in ipairs(kids) do n = n + skynet.call(k, "lua") end skynet.retpack(n) end)
		out("ready", name)
	end)
elseif mode == "factory" then
	skynet.start(function() skynet.dispatch("lua", function(_, _, n) skynet.retpack(skynet.newservice(SERVICE_NAME, "product", n)) end) end)
elseif mode == "product" then
	local n = select(2, ...)
	skynet.start(function() skynet.dispatch("lua", function() skynet.retpack("product " .. n) end) if n == "2" then skynet.sleep(3) end end)
elseif mode == "callback" then
	skynet.start(function() out("the parent answers while it waits:", skynet.call(".parent", "lua", "question")) end)
else
	skynet.start(function()
		skynet.register(".parent")
		skynet.dispatch("lua", function(_, _, x) skynet.retpack("answer to " .. x) end)
		out("nodes", skynet.call(skynet.newservice(SERVICE_NAME, "tree", 2, "r"), "lua"))
		local f = skynet.newservice(SERVICE_NAME, "factory")
		local done = {}
		for i = 1, 4 do skynet.fork(function() local s = skynet.call(f, "lua", i) local r = skynet.call(s, "lua") done[#done + 1] = r end) end
		skynet.sleep(10) out(table.concat(done, ", "))
		skynet.newservice(SERVICE_NAME, "callback")
		local handles = {} for i = 1, 20 do handles[i] = skynet.newservice(SERVICE_NAME, "product", i) end
		local rising = true for i = 2, 20 do rising = rising and handles[i] > handles[i - 1] end out("handles rise", rising)
		for i = 1, 20 do skynet.kill(handles[i]) end
		local again = skynet.newservice(SERVICE_NAME, "product", "new") out("a handle is not used again", again > handles[20])
		skynet.abort()
	end)
end
