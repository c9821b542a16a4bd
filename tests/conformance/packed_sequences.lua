-- Sequences that Lua keeps in the hash part, wholly or from some element on, among other keys: packed, each pair is
-- there once.
local skynet = require "skynet"
require "skynet.manager"

local function told(t)
	local keys = {}
	for key, value in pairs(t) do keys[#keys + 1] = tostring(key) .. "=" .. tostring(value) end
	table.sort(keys)
	return table.concat(keys, " ")
end

local function pack(name, t)
	local text = skynet.packstring(t)
	local back, more = skynet.unpack(text)
	print("> " .. name, #text, told(back), told(back) == told(t), more)
end

skynet.start(function()
	for others = 0, 9 do
		for length = 0, 5 do
			local t = {}
			for i = 1, others do t["k" .. i] = i end
			for i = 1, length do t[i] = -i end
			pack("behind " .. others .. " others, " .. length, t)
			t = {}
			for i = length, 1, -1 do t[i] = -i end
			for i = 1, others do t[-i] = i end
			pack("backwards, before " .. others .. " others, " .. length, t)
			t = { 1, 2, 3 }
			for i = 1, others do t[1000 * i] = i end
			for i = 4, 3 + length do t[i] = i end
			pack("going on behind " .. others .. " others, " .. length, t)
		end
	end
	skynet.abort()
end)
