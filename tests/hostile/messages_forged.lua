-- exit: 0,1
-- out: > done
-- Pointers that are no message, are no longer one, or are another's; sizes that are wrong.
local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"

local sizes = { 0, 1, -1, 24, 100, 1 << 20, 1 << 31, (1 << 31) - 1, 1 << 32, 1 << 40, math.mininteger, math.maxinteger }

local function pointers()
	local list = { (skynet.unpack("\3\0\0\0\0\0\0\0\0")) or false }
	for _, bytes in ipairs { "\1\0\0\0\0\0\0\0", "\16\0\0\0\0\0\0\0", "\0\0\0\0\1\0\0\0", "\xff\xff\xff\xff\xff\xff\xff\xff", "\0\0\x40\0\0\0\0\0", "\x10\0\0\0\0\x7f\0\0" } do
		list[#list + 1] = skynet.unpack("\3" .. bytes)
	end
	local p, n = skynet.pack(1, 2, 3)
	local packed = skynet.packstring(p)
	list[#list + 1] = skynet.unpack(packed)
	list[#list + 1] = p
	skynet.trash(p, n)
	local function up() return p end
	list[#list + 1] = debug.upvalueid(up, 1)
	list[#list + 1] = io.stdout
	return list
end

local kept = {}

local function abuse(self, pointer, size)
	for _, f in ipairs {
		function() return skynet.tostring(pointer, size) end,
		function() return skynet.unpack(pointer, size) end,
		function() return core.unpack(pointer, size) end,
		function() return skynet.trash(pointer, size) end,
		function() return skynet.trash(pointer, size) end,
		function() return skynet.ret(pointer, size) end,
		function() return skynet.rawsend(self, "lua", pointer, size) end,
		function() return core.send(self, 0, 0, pointer, size) end,
		function() return core.redirect(self, self, 10, 0, pointer, size) end,
		function() return skynet.redirect(self, self, "lua", 0, pointer, size) end,
		function() return skynet.dispatch_message(10, pointer, size, 0, self) end,
		function() return skynet.dispatch_message(1, pointer, size, 77, self) end,
		function() return skynet.packstring(pointer, size, { pointer }) end,
		function() return tostring(pointer) end,
		function() return ("%p"):format(pointer) end,
	} do
		pcall(f)
	end
end

skynet.start(function()
	local self = skynet.self()
	local uses = 0
	skynet.dispatch("lua", function() end)
	skynet.register_protocol {
		name = "raw", id = 40,
		pack = function(...) return ... end,
		unpack = function(...) return ... end,
		dispatch = function(_, _, pointer, size)
			uses = uses + 1
			kept[#kept + 1] = { pointer, size }
			for _, wrong in ipairs(sizes) do abuse(self, pointer, wrong) end
			abuse(self, pointer, size)
			local alive = skynet.tostring(pointer, size)
			assert(alive == "some data")
			skynet.sleep(1)
			-- The handler has yielded: the message is gone.
			assert(not pcall(skynet.tostring, pointer, size))
			abuse(self, pointer, size)
		end,
	}
	for _ = 1, 3 do skynet.rawsend(self, "raw", "some data") end
	skynet.sleep(5)
	assert(uses == 3)
	skynet.newservice("lib/ender", 1000)
	for _, message in ipairs(kept) do abuse(self, message[1], message[2]) end
	for _, pointer in ipairs(pointers()) do
		for _, size in ipairs(sizes) do abuse(self, pointer, size) end
	end
	-- Twice, or by somebody else.
	local p, n = skynet.pack("twice")
	skynet.trash(p, n)
	assert(not pcall(skynet.trash, p, n))
	p, n = skynet.pack("twice")
	core.send(self, 0, 0, p, n)
	assert(not pcall(core.send, self, 0, 0, p, n))
	p, n = skynet.pack(("long"):rep(100))
	core.send(self, 0, 0, p, 3)
	for length = 0, 9 do pcall(skynet.unpack, ("\3\255\255\255\255\255\255\255\255"):sub(1, length)) end
	for byte = 0, 255 do
		for byte2 = 0, 255 do pcall(skynet.unpack, string.char(byte, byte2, 255, 255, 255, 255, 255, 255, 127, byte, byte2)) end
		local deep = string.char(byte):rep(20000)
		pcall(skynet.unpack, deep)
		core.send(self, 10, 0, deep)
	end
	pcall(skynet.unpack, ("\14"):rep(1000000))
	core.send(self, 10, 0, ("\14"):rep(4000))
	pcall(skynet.sleep, 5)
end)
