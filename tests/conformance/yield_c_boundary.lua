-- Where a blocking call meets a C function: sort, gsub, load, tostring, table functions, foreach-style callbacks.
local skynet = require "skynet"
require "skynet.manager"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local done = 0
local function sub(label, f) skynet.fork(function() local r = table.pack(pcall(f)) if not r[1] then r[2] = tostring(r[2]):match("attempt.*") or r[2] end out(label, table.unpack(r, 1, r.n)) end) end
skynet.start(function()
	-- wait() is used, so nothing fires later; every failure leaves a dead session behind
	sub("sort", function() table.sort({ 3, 1, 2 }, function(a, b) skynet.wait({}) return a < b end) end)
	sub("gsub", function() return ("abc"):gsub(".", function(c) skynet.wait({}) return c end) end)
	sub("load", function() return load(function() skynet.wait({}) end) end)
	sub("tostring", function() return tostring(setmetatable({}, { __tostring = function() skynet.wait({}) return "x" end })) end)
	sub("format", function() return ("%s"):format(setmetatable({}, { __tostring = function() skynet.wait({}) return "x" end })) end)
	sub("concat", function() return table.concat(setmetatable({}, { __index = function() skynet.wait({}) return "x" end }), "", 1, 2) end)
	sub("insert", function() return table.insert(setmetatable({}, { __newindex = function() skynet.wait({}) end, __len = function() return 0 end }), 1) end)
	sub("pack __pairs", function() return skynet.packstring(setmetatable({}, { __pairs = function() skynet.wait({}) end })) end)
	sub("skynet.error", function() return skynet.error(setmetatable({}, { __tostring = function() skynet.wait({}) return "x" end })) end)
	sub("call in sort", function() table.sort({ 2, 1 }, function() return skynet.call(".launcher", "lua", "nothing") end) end)
	sub("require of lua code works", function() return type(require "mod.yielding") end)
	skynet.sleep(5)
	out("the service still answers", skynet.call(".launcher", "lua", "nothing")[1])
	skynet.abort()
end)
