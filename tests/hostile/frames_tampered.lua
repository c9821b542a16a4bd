-- exit: 0
-- out: > done
-- debug.setlocal in the frames of native functions that wait, and of those that run.
local skynet = require "skynet"
require "skynet.manager"

local odd = { 0, -1, 1.5, 0 / 0, "x", true, print, {}, coroutine.create(print), io.stdout }

local function spoil(co, value)
	for level = 0, 8 do
		if not debug.getinfo(co, level, "l") then break end
		for index = -3, 20 do
			pcall(debug.setlocal, co, level, index, value)
			pcall(debug.getlocal, co, level, index)
		end
	end
end

skynet.start(function()
	local echo = skynet.newservice("lib/echo")
	local waits = {
		function() skynet.sleep(5) end,
		function() skynet.wait() end,
		function() skynet.wait({}) end,
		function() skynet.call(echo, "lua", "x", 1) end,
		function() skynet.rawcall(echo, "lua", skynet.pack("x")) end,
		function() skynet.call(echo, "lua", "sleep", 3) end,
		function() dofile("lib/yielding.lua") end,
		function() for _ in pairs(setmetatable({}, { __pairs = function() skynet.sleep(1) return next, {} end })) do end end,
		function() pcall(skynet.sleep, 2) end,
		function() skynet.request { echo, "lua", "x" }:select()() end,
		function() require "skynet.queue"()(skynet.sleep, 1) end,
		function() skynet.yield() end,
	}
	for _, wait in ipairs(waits) do
		for _, value in ipairs(odd) do
			local co
			co = skynet.fork(function() pcall(wait) end)
			skynet.yield()
			spoil(co, value)
		end
		local co = skynet.fork(function() pcall(wait) end)
		skynet.yield()
		spoil(co, nil)
	end
	skynet.sleep(20)
	-- A running one: a metamethod changes the caller's arguments.
	for _, value in ipairs(odd) do
		local function meddle()
			-- Of native functions only: the loops here are to go on. Between them and setlocal stands pcall.
			for level = 2, 4 do
				local info = debug.getinfo(level, "S")
				if info and info.what == "C" then
					for index = 1, 20 do pcall(debug.setlocal, level + 1, index, value) end
				end
			end
			return "x"
		end
		local T = setmetatable({}, { __tostring = meddle, __pairs = function() meddle() return next, {}, nil end, __index = meddle, __len = meddle, __call = meddle, __close = meddle })
		pcall(print, "> a", T, 1)
		pcall(skynet.error, T, T)
		pcall(skynet.packstring, 1, { T, T }, 2)
		pcall(skynet.send, echo, "lua", "x", { T }, 1)
		pcall(skynet.call, echo, "lua", "x", { T }, 1)
		pcall(table.concat, { T, T }, "")
		pcall(string.format, "%s %s", T, T)
		pcall(string.rep, T, 3)
		pcall(string.gsub, "abc", "%w", meddle)
		pcall(table.sort, { 3, 1, 2 }, meddle)
		pcall(os.time, T)
		pcall(load, function() meddle() end)
		pcall(pairs, T)
		pcall(ipairs, T)
		pcall(xpcall, error, meddle)
		pcall(coroutine.wrap(meddle))
		pcall(io.lines, T)
	end
	print("> done")
	skynet.abort()
end)
