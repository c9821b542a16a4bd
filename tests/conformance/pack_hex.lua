-- The exact bytes of packed values.
local skynet = require "skynet"
require "skynet.manager"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local function hex(...) return (skynet.packstring(...):gsub(".", function(c) return string.format("%02x", c:byte()) end)) end
local function short(s) if #s > 80 then return s:sub(1, 40) .. ".." .. s:sub(-20) .. " (" .. #s // 2 .. ")" end return s end
skynet.start(function()
	out("nothing", hex(), "nil", hex(nil), "nils", hex(nil, nil), "true false", hex(true, false))
	for _, v in ipairs { 0, 1, 127, 128, 255, 256, 257, 65535, 65536, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, math.maxinteger,
		-1, -128, -129, -65536, -0x80000000, -0x80000001, math.mininteger } do out("integer", v, hex(v)) end
	for _, v in ipairs { 0.0, -0.0, 1.0, 3.0, 0.1, -1.5, 1e300, 5e-324, 1 / 0, -1 / 0, 2.0 ^ 53, 2.0 ^ 63 } do out("float", v, hex(v)) end
	for _, n in ipairs { 0, 1, 2, 30, 31, 32, 33, 255, 256, 65534, 65535, 65536, 65537 } do out("string", n, short(hex(("s"):rep(n)))) end
	out("binary", hex("\0\1\255\n"))
	out("empty table", hex({}), "nested", hex({ {} }), hex({ { {} } }))
	for _, n in ipairs { 1, 2, 29, 30, 31, 32, 255, 256, 300 } do local t = {} for i = 1, n do t[i] = 0 end out("array", n, short(hex(t))) end
	out("one key", hex({ k = 1 }), hex({ [0] = "z" }), hex({ [-1] = true }), hex({ [1.5] = 2 }), hex({ [true] = false }))
	out("array and key", hex({ 1, 2, x = "y" }))
	out("float key with integral value", hex({ [2 ^ 53] = 1 }))
	out("many values", hex(1, "a", nil, { 2 }, false))
	out("metatable ignored", hex(setmetatable({ 5 }, { __index = { 1, 2 }, __len = function() return 9 end })))
	out("same table twice", hex(table.unpack((function() local t = { 7 } return { t, t, { t } } end)())))
	local v = { a = {} } v.a[1] = v.a
	out("cycle", pcall(hex, v))
	skynet.abort()
end)
