-- Where unpack refuses a stream: `Invalid serialize stream` names what is left of it, and a line of
-- lua-seri.c. Other programs have no such lines; here they are not in the form that is taken out.
local skynet = require "skynet"
require "skynet.manager"

local function unhex(text)
	return (text:gsub("%x%x", function(byte) return string.char(tonumber(byte, 16)) end))
end

local function try(stream)
	local ok, text = pcall(skynet.unpack, stream)
	return ok and "whole" or text:gsub("%(line:(%d+)%)", "line %1")
end

local crafted = {
	"1a00", "2a0000", "3a00000000", "4a", "0a05ff", "15ffff61", "150300616263", "1503006162", "2503000000616263", "25ffffff7f",
	"0d0161", "1d", "fd0000", "06", "0600", "0e", "0e00", "06000a01", "060a01", "060c6b0000", "fe", "fe02", "fe0a0100", "fe0a0a",
	"fe0c61", "fe42000000000000f03f0a0100", "fe22ffffffff00", "03", "030000000000000000", "0b0000000000000000", "07", "0f",
	"01090a", "0a0109ff", "1500", "250000", "251000000061", "fe1a00", "25ffffffff", "2500000080", "0e25feffffff61",
}

skynet.start(function()
	local whole = skynet.packstring(1, 300, 70000, -5, 1 << 40, 1.5, "short", ("l"):rep(40), { 1, k = "v" }, true, nil)
	for length = 1, #whole do
		print("> " .. length, (try(whole:sub(1, length))))
	end
	for byte = 0, 255 do
		print("> " .. ("%02x"):format(byte), (try(string.char(byte))))
	end
	for _, hex in ipairs(crafted) do
		print("> " .. hex, (try(unhex(hex))))
	end
	skynet.abort()
end)
