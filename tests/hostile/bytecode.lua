-- exit: 0
-- out: > done
-- Bytecode is loaded only if this run has dumped it, and only as it was dumped.
local skynet = require "skynet"
require "skynet.manager"

local function pieces(text, size)
	local at = 1
	return function()
		local piece = text:sub(at, at + size - 1)
		at = at + size
		return piece
	end
end

local function refused(...)
	local ok, f, text = pcall(load, ...)
	assert(not ok or f == nil, "bytecode was let through")
end

skynet.start(function()
	local up = {}
	local function victim(a, b)
		up[a] = b
		return function() return up, a end
	end
	local good = string.dump(victim)
	assert(load(good) and load(good, "x", "b") and load(good, "x", "bt"))
	assert(load(string.dump(victim, true)))
	refused(good, "x", "t")
	-- Not even its own bytecode, once it comes in pieces: who knows what the pieces are.
	for _, size in ipairs { 1, 2, 7, #good } do
		refused(pieces(good, size))
		refused(pieces(good, size), "x", "b")
		refused(pieces(good, size), "x", "bt")
		refused(pieces(good, size), "x", "B")
	end
	for at = 1, #good do
		for _, byte in ipairs { 0, 1, 0x7f, 0x80, 0xff } do
			if good:byte(at) ~= byte then
				local bad = good:sub(1, at - 1) .. string.char(byte) .. good:sub(at + 1)
				for _, mode in ipairs { "b", "bt", "B", "t", "", "tb", "t\0b", "xb" } do
					-- Without the signature it is text, and the text is wrong.
					refused(bad, "x", mode)
				end
				refused(bad)
			end
		end
		if at > 1 then refused(good:sub(1, at - 1)) end
		refused(good .. good:sub(at))
	end
	for _, text in ipairs { "\27", "\27Lua", "\27Lua\x54\0\x19\x93\r\n\x1a\n", "\27" .. ("\0"):rep(1000), "\27Lua\x55" .. ("\xff"):rep(1000) } do
		refused(text)
		refused(pieces(text, 3))
		refused(text, "x", "b")
		local file = assert(io.open("evil.luac", "wb"))
		file:write(text)
		file:close()
		assert(not loadfile("evil.luac"))
		assert(not loadfile("evil.luac", "b"))
		assert(not pcall(dofile, "evil.luac"))
	end
	local file = assert(io.open("own.luac", "wb"))
	file:write("# a comment\n", good)
	file:close()
	assert(not loadfile("own.luac", "b"))
	-- A dump of another service is a dump of this run.
	local echo = skynet.newservice("lib/echo")
	local dumped, secret = skynet.call(echo, "lua", "dump")
	assert(load(dumped)(1) == 2 and secret == 42)
	-- A function whose upvalues are not what it thinks.
	local f = load(string.dump(function() return up.x.y.z end))
	assert(not pcall(f))
	debug.setupvalue(f, 1, 5)
	assert(not pcall(f))
	-- A reader that does odd things.
	refused(function() return true end)
	refused(function() return {} end)
	refused(function() error({}) end)
	refused(function() load(function() error("x") end) error("y") end)
	refused(function() coroutine.yield() end)
	local depth = 0
	local function nest()
		depth = depth + 1
		return load(nest)
	end
	nest()
	assert(depth > 10)
	assert(not pcall(string.dump, print))
	assert(not pcall(string.dump))
	print("> done")
	skynet.abort()
end)
