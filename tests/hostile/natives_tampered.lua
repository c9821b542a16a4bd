-- exit: 0
-- out: > done
-- The debug library against the native functions: their upvalues, their frames, their registry.
local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"
local dispatch = package.loaded["skysim.dispatch"]

local odd = { 0, -1, 1.5, 0 / 0, "x", "", true, print, {}, coroutine.create(print), io.stdout, math.huge }

local function each_native(visit)
	local seen = {}
	local function walk(value, depth)
		local kind = type(value)
		if seen[value] or depth > 6 then return end
		if kind == "table" then
			seen[value] = true
			for k, v in next, value do walk(k, depth + 1) walk(v, depth + 1) end
		elseif kind == "function" then
			seen[value] = true
			if debug.getinfo(value, "S").what == "C" then visit(value) end
		end
	end
	walk(package.loaded, 0)
	walk(debug.getmetatable(io.stdout), 0)
	walk(debug.getmetatable(""), 0)
end

skynet.start(function()
	local echo = skynet.newservice("lib/echo")
	local all = {}
	each_native(function(f) all[#all + 1] = f end)
	local natives = #all
	local ipairs, pcall, debug = ipairs, pcall, debug
	for _, f in ipairs(all) do
		for index = -1, 12 do
			for _, value in ipairs(odd) do
				pcall(debug.setupvalue, f, index, value)
			end
			pcall(debug.setupvalue, f, index, nil)
			pcall(debug.getupvalue, f, index)
			pcall(debug.upvalueid, f, index)
			pcall(debug.upvaluejoin, f, index, f, 1)
			pcall(debug.upvaluejoin, function() return odd end, 1, f, index)
		end
	end
	assert(natives > 150, natives)
	-- Everything still works.
	assert(skynet.call(echo, "lua", 1, 2) == 1)
	skynet.sleep(1)
	local co = skynet.fork(function() skynet.wait("token") end)
	skynet.yield()
	assert(skynet.wakeup("token"))
	for line in io.lines("natives_tampered.lua") do
		assert(line:find("exit"))
		break
	end
	for word in ("a b"):gmatch("%a") do
		assert(word)
	end

	-- The registry: whatever is done to it, the natives do not rely on it.
	local registry = debug.getregistry()
	local keys = {}
	for key in next, registry do keys[#keys + 1] = key end
	for _, key in ipairs(keys) do
		if key ~= "_LOADED" then pcall(rawset, registry, key, nil) end
	end
	for index = 1, 1000 do pcall(rawset, registry, index, index) end
	for _, key in ipairs { "skysim_proto", "skysim_sleeping", "skysim_wakeups", "skysim_work", "skysim_hooks", "callback_thread", "FILE*", "_IO_input", "_IO_output", "_CLIBS", "_PRELOAD", "_HOOKKEY" } do
		pcall(function() registry[key] = 5 end)
		pcall(rawset, registry, key, nil)
	end
	for index = 1, 1000 do pcall(function() registry[index] = nil end) end
	pcall(setmetatable, registry, { __index = error, __newindex = error, __gc = error, __mode = "kv" })
	pcall(debug.setmetatable, registry, { __index = error, __newindex = error, __mode = "kv" })
	for _ = 1, 10 do collectgarbage() end
	assert(skynet.call(echo, "lua", 1, 2) == 1)
	skynet.sleep(1)
	skynet.fork(function() skynet.wait("token") end)
	skynet.yield()
	assert(skynet.wakeup("token"))
	skynet.yield()
	pcall(io.read)
	pcall(io.write, "")
	pcall(io.input)
	pcall(io.output)
	assert(load("return 1")() == 1)
	print("> done")
	skynet.abort()
end)
