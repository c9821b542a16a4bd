-- Random values packed: a checksum of the bytes, and the same value after unpacking and after a call.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local state = 7
local function random(n) state = (state * 1103515245 + 12345) % 2147483648 return state // 65536 % n end
local edges = { 0, 1, 255, 256, 65535, 65536, 0x7fffffff, 0x80000000, -1, -0x80000000, -0x80000001, math.maxinteger, math.mininteger, 0.0, -0.0, 0.5, 1e300, -1 / 0, 3.0 }
local lengths = { 0, 1, 30, 31, 32, 100, 1000 }
local function value(depth)
	local k = random(depth > 0 and 8 or 5)
	if k == 0 then return random(2) == 0 elseif k == 1 then return edges[random(#edges) + 1] elseif k == 2 then return random(100000) - 50000 elseif k == 3 then return random(1000) / 8
	elseif k == 4 then return string.char(random(256)):rep(lengths[random(#lengths) + 1])
	elseif k == 7 then return { [random(2) == 0 and "key" or -random(1000) - 1] = value(depth - 1) }
	else local t = {} for i = 1, random(2) == 0 and random(4) or random(40) do t[i] = value(depth - 1) end return t end
end
local function same(a, b)
	if type(a) ~= "table" then return a == b and math.type(a) == math.type(b) end
	if type(b) ~= "table" then return false end
	for k, v in pairs(a) do if not same(v, b[k]) then return false end end
	for k in pairs(b) do if a[k] == nil then return false end end
	return true
end
local function sum(s) local h = 5381 for i = 1, #s do h = (h * 33 + s:byte(i)) & 0xffffffff end return string.format("%x", h) end
if mode then
	skynet.start(function() skynet.dispatch("lua", function(_, _, ...) skynet.retpack(sum(skynet.packstring(...)), ...) end) end)
else
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "echo")
		for i = 1, 40 do
			local v, w = value(4), value(1)
			local bytes = skynet.packstring(v, w)
			local v2, w2 = skynet.unpack(bytes)
			local remote, v3, w3 = skynet.call(s, "lua", v, w)
			out(i, type(v), #bytes, sum(bytes), same(v, v2) and same(w, w2), remote == sum(bytes), same(v, v3) and same(w, w3))
		end
		skynet.abort()
	end)
end
