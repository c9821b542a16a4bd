-- Tables with __pairs, holes, odd keys; values that cannot be packed.
local skynet = require "skynet"
require "skynet.manager"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local function rt(...) return skynet.unpack(skynet.packstring(...)) end
local function sorted(t) local r = {} for k, v in pairs(t) do r[#r + 1] = tostring(k) .. "=" .. tostring(v) end table.sort(r) return "{" .. table.concat(r, ",") .. "}" end
local function gen(list) return setmetatable({ "raw" }, { __pairs = function(t) local i = 0 return function(_, k) i = i + 1 local e = list[i] if e then return e[1], e[2] end end, t, nil end }) end
skynet.start(function()
	out("pairs replaces everything", sorted(rt(gen { { "a", 1 }, { 2, "two" } })))
	out("pairs empty", sorted(rt(gen {})))
	out("pairs twice the key", sorted(rt(gen { { "a", 1 }, { "a", 2 } })))
	out("pairs nil value", sorted(rt(gen { { "a", nil }, { "b", 1 } })))
	out("pairs bytes", #skynet.packstring(gen { { 1, 2 } }))
	out("pairs error", pcall(rt, setmetatable({}, { __pairs = function() error("in pairs", 0) end })))
	out("iterator error", pcall(rt, setmetatable({}, { __pairs = function() return function() error("in iterator", 0) end end })))
	out("pairs not a function", pcall(rt, setmetatable({}, { __pairs = 5 })))
	out("bad key", pcall(rt, gen { { print, 1 } }))
	out("bad value", pcall(rt, gen { { 1, print } }))
	out("nan key", pcall(rt, gen { { 0 / 0, 1 } }))
	out("float key", math.type(next(rt { [1.5] = 1 })), math.type(next(rt { [2.0] = 1 })))
	out("table key", pcall(function() local t = rt { [{ 1 }] = "v" } local k, v = next(t) return type(k), k[1], v end))
	for _, bad in ipairs { print, coroutine.create(print), io.stdout } do
		out(type(bad), pcall(rt, bad)) out(type(bad), pcall(rt, { bad })) out(type(bad), pcall(rt, 1, { k = { bad } })) out(type(bad), pcall(rt, { [bad] = 1 }))
	end
	out("select", select("#", rt(nil, nil, nil)), rt(1, nil, 3, nil))
	local a = rt { 1, 2, nil, 4 } out("hole", a[1], a[2], a[3], a[4])
	local l = rt { nil, 2 } out("leading hole", l[1], l[2])
	local b = rt { n = 2, [3] = "c", [1] = "a" } out("sparse", b[1], b[2], b[3], b.n)
	local p = table.pack(rt(table.unpack({}, 1, 200))) out("200 nils", p.n)
	local big = {} for i = 1, 250 do big[i] = i end
	out("250 values", select("#", rt(table.unpack(big))), (select(250, rt(table.unpack(big)))))
	local str = rt(("\0\1\2\3"):rep(50000)) out("long binary", #str, str == ("\0\1\2\3"):rep(50000))
	local f = rt(2 ^ 53) out("types kept", math.type(f), math.type(rt(1)), math.type(rt(1.0)), 1 / rt(-0.0))
	local n = rt(0 / 0) out("nan", n ~= n)
	local m, sz = skynet.pack(1) local u = rt(m) out("light userdata", type(u), u == m) skynet.trash(m, sz)
	skynet.abort()
end)
