-- Message classes that code has got hold of through the debug library, and changes.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "slave" then
	skynet.start(function() skynet.dispatch("lua", function(_, _, ...) skynet.retpack(...) end) end)
else
	local function classes()
		for i = 1, 20 do
			local _, value = debug.getupvalue(skynet.register_protocol, i)
			if type(value) == "table" and value.lua then return value end
		end
	end
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "slave")
		out(skynet.call(s, "lua", 1, 2))
		local class = classes().lua
		class.pack = function(...) return skynet.pack("packed", ...) end
		out(skynet.call(s, "lua", 1, 2))
		class.unpack = function(...) return "unpacked", skynet.unpack(...) end
		out(skynet.call(s, "lua", 1, 2))
		skynet.abort()
	end)
end
