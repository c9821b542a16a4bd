-- unpack of every single byte, of truncated streams and of crafted ones.
local skynet = require "skynet"
require "skynet.manager"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local function try(s) local r = table.pack(pcall(skynet.unpack, s)) if r[1] then for i = 2, r.n do r[i] = type(r[i]) == "table" and "table" or r[i] end end return table.unpack(r, 1, r.n) end
local function unhex(s) return (s:gsub("%x%x", function(x) return string.char(tonumber(x, 16)) end)) end
skynet.start(function()
	local groups, order = {}, {}
	for b = 0, 255 do
		local ok, r = try(string.char(b))
		local key = tostring(ok) .. " " .. tostring(r)
		if not groups[key] then groups[key] = {} order[#order + 1] = key end
		table.insert(groups[key], string.format("%02x", b))
	end
	for _, key in ipairs(order) do out(key, table.concat(groups[key], " ")) end
	local whole = skynet.packstring(1, 300, 70000, -5, 2 ^ 40 | 0, 1.5, "short", ("l"):rep(40), { 1, k = "v" }, true, nil)
	for i = 1, #whole do local r = table.pack(try(whole:sub(1, i))) out(i, r[1], r.n, r[1] and "" or r[2]) end
	for _, h in ipairs { "1a00", "2a0000", "3a00000000", "4a", "0a05ff", "15ffff61", "150300616263", "1503006162", "2503000000616263", "25ffffff7f", "0d0161", "1d", "fd0000",
		"06", "0600", "060000", "0e", "0e00", "0e0a0100", "06000a01", "060a010a0200", "0600", "060a01", "06420000000000f87f0a0100", "060c6b0000", "0600060006", "fe02", "fe0a0100", "fe0a0a", "fe0a010a0100", "fe0c61", "fe42000000000000f03f0a0100", "fe22ffffffff00",
		"03", "030000000000000000", "0b0000000000000000", "08", "10", "ff", "07", "0f", "01090a", "11", "f9" } do out(h, try(unhex(h))) end
	out("good then bad", try(unhex("0a0109ff")))
	skynet.abort()
end)
