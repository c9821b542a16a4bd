-- exit: 0,1
-- out: > done
-- memory: 900
-- timeout: 120
-- Native functions, called at random with whatever values there are. More seeds: --seed N.
local skynet = require "skynet"
require "skynet.manager"
require "lfs"

local worker = ...

-- What would end the test instead of breaking anything.
local skip = { exit = true, abort = true, move = true, rep = true, print = true, write = true, collectgarbage = true, callback = true, term = true, kill = true }

local function functions()
	local list, seen, names = {}, {}, {}
	local function walk(value, name, depth)
		if seen[value] or depth > 5 then return end
		if type(value) == "table" then
			seen[value] = true
			local keys = {}
			for key in next, value do
				if type(key) == "string" then keys[#keys + 1] = key end
			end
			table.sort(keys)
			for _, key in ipairs(keys) do
				if not skip[key] then walk(value[key], name .. "." .. key, depth + 1) end
			end
		elseif type(value) == "function" and debug.getinfo(value, "S").what == "C" then
			seen[value] = true
			list[#list + 1] = value
		end
	end
	walk(package.loaded, "", 0)
	walk(getmetatable(io.stdout), "file", 0)
	return list
end

if worker then
	skynet.memlimit(64 << 20)
	skynet.start(function()
		local all = functions()
		local random, select, pack, unpack, pcall, type, next = math.random, select, table.pack, table.unpack, pcall, type, next
		local fork, sleep, create = skynet.fork, skynet.sleep, coroutine.create
		local values = { 0, 1, -1, 2, 10, 1.5, 0 / 0, 1 << 33, "", "x", "lua", "BREAK", "SUSPEND", "%s", ".launcher", "\3\1\2\3\4\0\0\0\0", true, false, {}, { 1, 2, x = 3 }, function(...) return ... end, io.stdout, io.tmpfile(), skynet.self(), (skynet.pack(1, 2)) }
		setmetatable(values[20], { __index = function(_, k) return k end, __pairs = function(t) return next, t end, __tostring = function() return "t" end, __gc = function() end, __close = function() end })
		local function any()
			local n = random(40)
			if n == 1 then return create(function(...) return coroutine.yield(...) end) end
			if n == 2 then return fork(function() sleep(random(5)) end) end
			if n == 3 then return (skynet.pack(random(100), "x")) end
			if n == 4 then return coroutine.running() end
			if n == 5 then return random(-5, 300) end
			if n == 6 then return all[random(#all)] end
			return values[random(#values)]
		end
		local function keep(ok, ...)
			if not ok then return end
			for i = 1, math.min(select("#", ...), 4) do
				local value = select(i, ...)
				if value ~= nil then values[random(24, 120)] = value end
			end
			for i = 1, 120 do if values[i] == nil then values[i] = i end end
		end
		local function step()
			local arguments = {}
			local n = random(0, 5)
			for i = 1, n do arguments[i] = any() end
			keep(pcall(all[random(#all)], unpack(arguments, 1, n)))
		end
		local turns = 0
		local function turn()
			turns = turns + 1
			for _ = 1, 100 do step() end
		end
		for _ = 1, 60 do
			for _ = 1, 3 do fork(turn) end
			pcall(sleep, 1)
		end
	end)
else
	skynet.start(function()
		for i = 1, 12 do
			-- A worker that breaks itself never answers: nobody waits for it.
			skynet.fork(pcall, skynet.newservice, "fuzz", "worker" .. i)
		end
		skynet.sleep(1000)
		print("> done")
		skynet.abort()
	end)
end
