-- What is no text given to skynet.ret and to what skynet.response returns: for a plain send nobody looks at it.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local values = { number = 42, float = 1.5, yes = true, no = false, table = {}, f = function() end, text = "some" }
local order = { "number", "float", "yes", "no", "table", "f", "text", "nothing" }
if mode == "slave" then
	skynet.start(function()
		skynet.dispatch("lua", function(session, _, how, what)
			local kind = session == 0 and "send" or "call"
			if how == "ret" then
				out(kind, what, pcall(skynet.ret, values[what]))
				out(kind, what, "again", pcall(skynet.ret, values[what]))
			elseif how == "sized" then
				out(kind, what, "sized", pcall(skynet.ret, values[what], 3))
			else
				local respond = skynet.response(function() if what ~= "nothing" then return values[what] end end)
				out(kind, what, "response", pcall(respond, true))
				out(kind, what, "response again", pcall(respond, true))
			end
		end)
	end)
else
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "slave")
		for _, how in ipairs { "ret", "sized", "response" } do
			for _, what in ipairs(order) do
				skynet.send(s, "lua", how, what)
				skynet.sleep(1)
				skynet.fork(function() local ok = pcall(skynet.rawcall, s, "lua", skynet.pack(how, what)) out(how, what, "answered", ok) end)
				skynet.sleep(1)
			end
		end
		skynet.kill(s)
		skynet.sleep(1)
		skynet.abort()
	end)
end
