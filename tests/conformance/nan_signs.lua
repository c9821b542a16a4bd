-- The sign of every NaN: what makes one, which one goes on where two meet, and how each is shown.
local skynet = require "skynet"
require "skynet.manager"

local function say(first, ...)
	print("> " .. tostring(first), ...)
end

local inf, zero = math.huge, 0.0
local minus = zero / zero
local plus = -minus

local function hex(text)
	return (text:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

local function show(name, value)
	say(name, value, ("%g %.3f %a %q"):format(value, value, value, value), hex(string.pack(">d", value)))
end

local function made()
	show("0/0", zero / zero)
	show("-(0/0)", -(zero / zero))
	show("inf-inf", inf - inf)
	show("-inf+inf", -inf + inf)
	show("inf*0", inf * zero)
	show("inf/inf", inf / inf)
	show("0//0", zero // zero)
	show("1%0", 1 % zero)
	show("inf%2", inf % 2)
	show("(-8)^(1/3)", (-8) ^ (1 / 3))
	show("sqrt", math.sqrt(-1))
	show("fmod", math.fmod(1, zero))
	show("fmod", math.fmod(inf, 1.0))
	for _, base in ipairs { 2, 10, 3 } do
		show("log " .. base, math.log(-1, base))
	end
	show("log base", math.log(2, -1))
	show("log bases", math.log(-1, plus))
	for _, name in ipairs { "sin", "cos", "tan", "asin", "acos", "log", "sqrt" } do
		show(name .. "(-inf)", math[name](-inf))
		show(name .. "(2)", math[name](2))
	end
	for _, text in ipairs { "0/0", "-(0/0)", "1e999-1e999", "(-8)^0.5", "1%0.0" } do
		show("load " .. text, load("return " .. text)())
	end
end

local unary = { "sin", "cos", "tan", "asin", "acos", "atan", "exp", "log", "sqrt", "floor", "ceil", "abs", "modf" }

local binary = {
	["+"] = function(a, b) return a + b end,
	["-"] = function(a, b) return a - b end,
	["*"] = function(a, b) return a * b end,
	["/"] = function(a, b) return a / b end,
	["//"] = function(a, b) return a // b end,
	["%"] = function(a, b) return a % b end,
	["^"] = function(a, b) return a ^ b end,
	atan = math.atan,
	fmod = math.fmod,
	log = math.log,
	max = math.max,
}

local function passed_on()
	for _, name in ipairs(unary) do
		show(name .. " minus", (math[name](minus)))
		show(name .. " plus", (math[name](plus)))
	end
	local names = {}
	for name in pairs(binary) do
		names[#names + 1] = name
	end
	table.sort(names)
	for _, name in ipairs(names) do
		for _, pair in ipairs { { minus, plus }, { plus, minus }, { minus, 2 }, { plus, 3 }, { 2, minus }, { 3, plus }, { minus, 3 } } do
			show(name, binary[name](pair[1], pair[2]))
		end
	end
	show("+ 1.5", minus + 1.5)
	show("* 1.5", plus * 1.5)
	show("^ 1", minus ^ 1)
	show("^ 2", plus ^ 2)
end

local function shown()
	say(tostring(minus), tostring(plus), minus .. "", plus .. "", minus == minus)
	say(hex(string.pack(">f", minus)), hex(string.pack(">f", plus)))
	say(hex(skynet.packstring(minus, plus)), skynet.unpack(skynet.packstring(minus, plus)))
	local signalling = string.unpack(">d", "\xff\xf4\0\0\0\0\0\1")
	say(hex(string.pack(">d", signalling + 1)), hex(string.pack(">d", 1 * signalling)))
end

skynet.start(function()
	made()
	passed_on()
	shown()
	skynet.abort()
end)
