-- Error objects of all kinds through handlers, pcall and assert; what the caller learns.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local things = {
	{ "string", "text" }, { "number", 42 }, { "float", 1.5 }, { "boolean", true }, { "nil", nil }, { "table", {} },
	{ "tostring", setmetatable({}, { __tostring = function() return "custom text" end }) },
	{ "bad tostring", setmetatable({}, { __tostring = function() error("inside tostring") end }) },
	{ "nonstring", setmetatable({}, { __tostring = function() return 12 end }) },
	{ "name", setmetatable({}, { __name = "NAMED" }) },
}
if mode == "slave" then
	skynet.start(function() skynet.dispatch("lua", function(_, _, i) if i == 0 then skynet.retpack("alive") else error(things[i][2]) end end) end)
else
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "slave")
		for i, t in ipairs(things) do
			local ok, e = pcall(error, t[2])
			out(t[1], ok, type(e), type(e) == "string" and e or "", e == t[2])
			out("call", pcall(skynet.call, s, "lua", i))
			out("slave", skynet.call(s, "lua", 0))
		end
		out("assert", select(2, pcall(assert, false)), select(2, pcall(assert, nil, "message")), type(select(2, pcall(assert, false, {}))))
		out("error level 0", select(2, pcall(error, "plain", 0)))
		out("xpcall", xpcall(skynet.call, function(e) return "handled " .. e end, s, "lua", 1))
		out("index nil", pcall(function() local x; return x.y end))
		out("arith", pcall(function() return {} + 1 end))
		out("call nil", pcall(function() skynet.nosuch() end))
		skynet.abort()
	end)
end
