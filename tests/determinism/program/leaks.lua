-- Everything through which the host could show in a run, one line for each. Whatever of this
-- depended on addresses, clocks, environment or processor would differ from process to process.
local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"
local lfs = require "lfs"

local function line(name, ...)
	local parts = table.pack(...)
	for i = 1, parts.n do parts[i] = tostring(parts[i]) end
	print(name .. ": " .. table.concat(parts, " "))
end

local function order(t)
	local keys = {}
	for key in pairs(t) do keys[#keys + 1] = tostring(key) end
	return table.concat(keys, ",")
end

local function filled(make)
	local t = {}
	for i = 1, 40 do t[make(i)] = i end
	return t
end

local function values(t)
	local list = {}
	for _, value in pairs(t) do list[#list + 1] = value end
	return table.concat(list, ",")
end

local probes = {}
local names = {}
local function probe(name, f)
	names[#names + 1] = name
	probes[name] = f
end

probe("string keys", function() return values(filled(function(i) return "key" .. i end)) end)
probe("long string keys", function() return values(filled(function(i) return ("long"):rep(20) .. i end)) end)
probe("number keys", function() return values(filled(function(i) return i * 1.25 - 3 end)), values(filled(function(i) return i * 7919 end)) end)
probe("globals", function() return order(_G) end)
probe("libraries", function()
	local all = {}
	for _, name in ipairs { "string", "table", "math", "os", "io", "debug", "coroutine", "utf8", "package" } do all[#all + 1] = order(_G[name]) end
	return table.concat(all, ";")
end)
probe("loaded", function() return order(package.loaded), order(package.preload), #package.searchers end)
probe("registry", function() return order(debug.getregistry()) end)
probe("table keys", function() return values(filled(function() return {} end)) end)
probe("closure keys", function() return values(filled(function(i) return function() return i end end)) end)
probe("coroutine keys", function() return values(filled(function() return coroutine.create(print) end)) end)
probe("scheduler coroutine keys", function() return values(filled(function() return skynet.fork(function() end) end)) end)
probe("file keys", function() return values(filled(function() return io.tmpfile() end)) end)
probe("light userdata keys", function() return values(filled(function(i) return (skynet.pack(i)) end)) end)
probe("upvalue id keys", function() return values(filled(function(i) return debug.upvalueid(function() return i end, 1) end)) end)
probe("c function keys", function()
	local t, n = {}, 0
	for _, library in ipairs { "string", "table", "math", "os", "io", "debug", "coroutine", "utf8" } do
		for _, key in ipairs { "rep", "concat", "sin", "time", "open", "getinfo", "wrap", "char", "sub", "sort", "format", "gmatch" } do
			local f = _G[library][key]
			if f then n = n + 1 t[f] = n end
		end
	end
	for _, f in ipairs { print, pairs, ipairs, next, load, core.send, core.pack, skynet.call, skynet.sleep, lfs.dir, getmetatable("").__index.len } do n = n + 1 t[f] = n end
	t[pairs({})], t[ipairs({})] = "pairs", "ipairs"
	t[utf8.codes("x")], t[utf8.codes("x", true)] = "codes", "lax codes"
	t[("x"):gmatch(".")] = "gmatch"
	t[io.lines("leaks.lua")] = "lines"
	t[lfs.dir(".")] = "dir"
	t[io.stdout.write], t[getmetatable(io.stdout).__gc] = "write", "gc"
	for i, f in ipairs(package.searchers) do t[f] = "searcher" .. i end
	t[coroutine.wrap(print)] = "wrap"
	t[(require "skynet.coroutine").wrap(print)] = "skynet wrap"
	return values(t)
end)
probe("metamethods as keys", function()
	local t = {}
	for _, of in ipairs { "", io.stdout } do
		for name, f in pairs(getmetatable(of)) do
			if type(f) == "function" then t[f] = name end
		end
	end
	return values(t)
end)
probe("tostring", function()
	return {}, print, function() end, coroutine.create(print), io.stdout, io.tmpfile(), skynet.pack(1), coroutine.running(), pairs({}), string.gmatch("", ""), io.lines("leaks.lua"), package.searchers[2], setmetatable({}, { __name = "Named" }), debug.upvalueid(function() return line end, 1)
end)
probe("%p", function()
	return ("%p %p %p %p %p %p %p"):format({}, print, coroutine.running(), io.stdout, "short", ("long"):rep(50), (skynet.pack(1))), ("%p %p %p"):format(1, nil, true)
end)
probe("pointers in messages", function() return (("%q"):format(skynet.packstring((skynet.pack(1)))):gsub("[^%g ]", "?")) end)
probe("upvalue ids in messages", function() return (("%q"):format(skynet.packstring((debug.upvalueid(function() return line end, 1)))):gsub("[^%g ]", "?")) end)
probe("random", function()
	local list = {}
	for i = 1, 5 do list[i] = math.random(1 << 40) end
	return table.concat(list, ","), math.random()
end)
probe("randomseed", function()
	local a, b = math.randomseed()
	local first = math.random(1 << 40)
	math.randomseed(42)
	return a, b, first, math.random(1 << 40)
end)
probe("sort", function()
	-- Unbalanced, with ties: the choice of the pivot shows in the order of equal elements.
	local t = {}
	for i = 1, 3000 do t[i] = { key = i % 3 == 0 and i or 5, i = i } end
	for i = 1, 1500 do t[i].key = i end
	table.sort(t, function(a, b) return a.key < b.key end)
	local sum, list = 0, {}
	for i, e in ipairs(t) do sum = (sum * 31 + e.i) % 1000000007 if i % 300 == 0 then list[#list + 1] = e.i end end
	return sum, table.concat(list, ",")
end)
probe("sort by address", function()
	local t = {}
	for i = 1, 200 do t[i] = { i = i } end
	table.sort(t, function(a, b) return tostring(a) < tostring(b) end)
	local list = {}
	for i = 1, 200, 10 do list[#list + 1] = t[i].i end
	return table.concat(list, ",")
end)
probe("weak tables", function()
	local weak, kept = setmetatable({}, { __mode = "k" }), {}
	for i = 1, 100 do
		local key = {}
		weak[key] = i
		if i % 3 == 0 then kept[#kept + 1] = key end
	end
	collectgarbage()
	return values(weak)
end)
probe("ephemerons", function()
	local e, kept = setmetatable({}, { __mode = "k" }), {}
	local before
	for i = 1, 100 do
		local key = {}
		e[key] = { before }
		if i % 7 == 0 then kept[#kept + 1] = key end
		before = key
	end
	collectgarbage()
	local n = 0
	for _ in pairs(e) do n = n + 1 end
	return n
end)
probe("weak values", function()
	local weak = setmetatable({}, { __mode = "v" })
	for i = 1, 1000 do weak[i] = { i } end
	for i = 1, 300 do local x = { {}, {} } end
	return order(weak):len()
end)
probe("finalizers", function()
	local list = {}
	for i = 1, 50 do setmetatable({}, { __gc = function() list[#list + 1] = i end }) end
	collectgarbage()
	return table.concat(list, ",")
end)
probe("finalizers in time", function()
	local at, n = {}, 0
	local function again()
		at[#at + 1] = n
		if #at < 10 then setmetatable({}, { __gc = again }) end
	end
	setmetatable({}, { __gc = again })
	while #at < 10 and n < 200000 do n = n + 1 local x = { n } end
	return table.concat(at, ",")
end)
probe("memory", function()
	local before = collectgarbage("count")
	local t = {}
	for i = 1, 1000 do t[i] = { i } end
	local middle = collectgarbage("count")
	t = nil
	collectgarbage()
	return before, middle, collectgarbage("count"), core.intcommand("STAT", "mem") or "-"
end)
probe("length with holes", function()
	local t = {}
	for i = 1, 20 do t[i * 3 % 23] = i end
	local u = { 1, 2, nil, 4, nil, 6, nil, nil, 9 }
	local v = {}
	for i = 100, 1, -1 do v[i] = i end
	for i = 1, 100, 3 do v[i] = nil end
	local list = {}
	for round = 1, 20 do
		local w = { n = round }
		for i = 1, 60 do w[(i * round * 7) % 64 + 1] = true end
		list[round] = #w
	end
	return #t, #u, #v, table.concat(list, ",")
end)
probe("names in messages", function()
	local list = {}
	_G.package.loaded.alias1, _G.package.loaded.alias2 = string, string
	for _, f in ipairs {
		function() string.rep() end, function() ("x"):rep({}) end, function() math.floor("x") end, function() local s = string.rep s() end, function() setmetatable(1) end,
		function() io.open() end, function() io.stdout:seek("x") end, function() skynet.call() end, function() core.send({}) end, function() lfs.dir() end,
		function() table.concat({ {} }) end, function() return nil .. {} end, function() return {} < {} end, function() error({}) end, function() error(print) end,
		function() local x <close> = 5 end, function() string.format("%d", "x") end, function() skynet.unpack("\255") end, function() skynet.pack(print) end,
	} do
		local _, text = pcall(f)
		list[#list + 1] = tostring(text)
	end
	package.loaded.alias1, package.loaded.alias2 = nil, nil
	return table.concat(list, "; ")
end)
probe("tracebacks", function()
	local text
	xpcall(function() local t = setmetatable({}, { __index = function(t, k) error(k) end }) return string.gsub("x", "x", function() return t[print] end) end, function(e) text = debug.traceback(tostring(e)) end)
	local co = coroutine.create(function() skynet.sleep(100) end)
	coroutine.resume(co)
	return (text:gsub("\n", "|")), (debug.traceback(co):gsub("\n", "|"))
end)
probe("string cache", function()
	local name = "@" .. ("a_long_name_of_a_chunk/"):rep(3) .. "x.lua"
	local counts = {}
	collectgarbage() collectgarbage("stop")
	for i = 1, 20 do
		local f = load("return 1", name)
		local before = collectgarbage("count")
		for _ = 1, 10 do debug.getinfo(f, "S") debug.traceback("x") pcall(error, "x") end
		counts[i] = (collectgarbage("count") - before) * 1024
	end
	collectgarbage("restart")
	return table.concat(counts, ",")
end)
probe("time", function() return os.time(), os.date(), os.date("!%c"), os.clock(), skynet.now(), skynet.starttime(), skynet.time(), os.date("%Z %z %p %A %x"), os.time { year = 2024, month = 7, day = 1, hour = 12 } end)
probe("hpc", function() return skynet.hpc() end)
probe("environment", function()
	local list = {}
	for _, name in ipairs { "PATH", "HOME", "USER", "PWD", "LANG", "LC_ALL", "TZ", "PROBE", "SHELL" } do list[#list + 1] = tostring(os.getenv(name)) end
	return table.concat(list, ","), os.setlocale(), tostring(os.setlocale("de_DE.UTF-8")), os.tmpname(), skynet.getenv("PATH"), skynet.getenv("thread")
end)
probe("files", function()
	local names = {}
	for name in lfs.dir(".") do names[#names + 1] = name end
	local a = lfs.attributes("leaks.lua") or {}
	local keys = {}
	for key, value in pairs(a) do keys[#keys + 1] = key .. "=" .. tostring(value):gsub("%d%d%d%d+", "#") end
	return table.concat(names, ","), lfs.currentdir(), table.concat(keys, ","), io.open("/etc/hostname"), io.read("a"), select(2, io.open("nothing"))
end)
probe("arithmetic", function()
	local bits = {}
	for _, name in ipairs { "sin", "cos", "tan", "asin", "acos", "atan", "exp", "log", "sqrt", "pow", "sinh", "log10", "fmod", "floor" } do
		local f = math[name]
		if f then
			local sum = 0
			for i = 1, 2000 do
				local x = i * 0.000493 + 1 / i
				local y = (name == "fmod" or name == "pow" or name == "atan") and f(x, 0.7) or f(x)
				if y == y then sum = (sum * 31 + (string.unpack("<i8", string.pack("<d", y)) & 0xffffffff)) % 1000000007 end
			end
			bits[#bits + 1] = name .. "=" .. sum
		end
	end
	local sum = 0
	for i = 1, 2000 do
		local x = i * 0.000493 + 1 / i
		for _, y in ipairs { x ^ 0.37, x ^ -2.5, 2 ^ x, x ^ 0.5, x ^ 3, math.log(x, 2), math.log(x, 10), math.log(x, 3), x // 0.3, x % 0.3 } do
			sum = (sum * 31 + (string.unpack("<i8", string.pack("<d", y)) & 0xffffffff)) % 1000000007
		end
	end
	return table.concat(bits, ","), sum, 0.1 + 0.2, 1e300 * 1e10, ("%.17g %a %g"):format(1 / 3, 1 / 3, 2 ^ 0.3), tonumber("0x1.8p3"), tonumber("1e-320")
end)
probe("coroutine churn", function()
	local t = {}
	for i = 1, 500 do
		local co = coroutine.create(function() coroutine.yield() end)
		coroutine.resume(co)
		t[co] = i
		if i % 5 ~= 0 then t[co] = nil end
	end
	return values(t)
end)
probe("tasks", function()
	local t = {}
	for i = 1, 5 do skynet.fork(skynet.sleep, i + 10) end
	skynet.yield()
	skynet.task(t)
	local list = {}
	for key, value in pairs(t) do list[#list + 1] = tostring(key) .. "=" .. tostring(value):gsub("\n", "|") end
	return table.concat(list, ",")
end)
probe("another service", function()
	local list = {}
	for i = 1, 3 do
		local child = skynet.newservice("lib/child")
		list[i] = table.concat({ skynet.address(child), skynet.call(child, "lua", i, tostring(i)) }, " ")
	end
	return table.concat(list, ", ")
end)
probe("collector", function() return collectgarbage("isrunning"), collectgarbage("incremental"), collectgarbage("generational"), collectgarbage("step", 10) end)
probe("dumps", function() return #string.dump(function() return line end), (string.dump(function() return 1 end):gsub("[^%g]", "."):sub(1, 60)) end)

skynet.start(function()
	for _, name in ipairs(names) do
		line(name, select(2, pcall(probes[name])))
		local results = table.pack(pcall(probes[name]))
		line(name .. " again", table.unpack(results, 2, results.n))
	end
	skynet.sleep(123)
	line("end", skynet.now(), collectgarbage("count"))
	skynet.abort()
end)
