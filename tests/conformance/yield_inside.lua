-- Blocking calls inside pcall, metamethods, iterators, __close and closures; where yielding is impossible.
local skynet = require "skynet"
require "skynet.manager"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
skynet.start(function()
	skynet.dispatch("lua", function(_, _, ...) skynet.sleep(1) skynet.retpack(...) end)
	local function ask(...) return skynet.call(skynet.self(), "lua", ...) end
	out("pcall", pcall(ask, 1)) out("xpcall", xpcall(ask, print, 2)) out("nested", pcall(pcall, pcall, ask, 3))
	local M = setmetatable({}, { __index = function(_, k) return ask("index " .. k) end, __newindex = function(_, k, v) out("newindex", ask(k, v)) end, __add = function() return ask("add") end, __concat = function() return ask("concat") end,
		__lt = function() return ask(true) end, __eq = function() return ask(true) end, __len = function() return ask(77) end, __call = function(_, ...) return ask("call", ...) end, __unm = function() return ask("unm") end })
	out(M.field) M.new = 5 out(M + 1) out(M .. "x") out(M < M, #M, M(1, 2), -M) out(M == setmetatable({}, getmetatable(M)))
	for i, v in (function() local n = 0 return function() n = n + 1 if n <= 3 then return ask(n, "iter") end end end)() do out("iterator", i, v) end
	for k, v in setmetatable({}, { __pairs = 1 }) and pairs(setmetatable({}, { __pairs = function() local n = 0 return function() n = n + 1 if n < 3 then return ask(n, "pairs") end end end })) do out(k, v) end
	do local c <close> = setmetatable({}, { __close = function() out("close", ask("in close")) end }) end
	out("tail call", (function() return ask("tail") end)())
	out("vararg", select("#", ask(nil, nil, nil)))
	out("string method", ("x"):rep(3, ask("-")))
	out("table.unpack", table.unpack({ ask(1, 2, 3) }))
	out("load", load("local ask = ... return ask('loaded')")(ask))
	out("goto") do local n = 0 ::again:: n = n + ask(1) if n < 3 then goto again end out("n", n) end
	out("isyieldable", coroutine.isyieldable())
	skynet.abort()
end)
