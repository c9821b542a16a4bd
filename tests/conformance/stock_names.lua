-- thread = 1
-- The stock functions that a simulator may put its own in the place of: by which name their errors call
-- them, which frames they see, and what a load of the standard input is (empty here).
local skynet = require "skynet"
require "skynet.manager"

local function say(first, ...)
	print("> " .. tostring(first), ...)
end

local function two() end

local calls = {
	{ "math.randomseed", math.randomseed, "x" },
	{ "math.randomseed", math.randomseed, 1, "x" },
	{ "string.dump", string.dump, 1 },
	{ "string.dump", string.dump, print },
	{ "load", load },
	{ "load", load, {} },
	{ "load", load, "return", "=x", {} },
	{ "load", load, "return 1", "=x", "b" },
	{ "load", load, function() return {} end },
	{ "utf8.codes", utf8.codes },
	{ "utf8.codes", utf8.codes, {} },
	{ "utf8.codes", utf8.codes, "\x80" },
	{ "debug.sethook", debug.sethook, 1, 2 },
	{ "debug.sethook", debug.sethook, print, "c", {} },
	{ "debug.sethook", debug.sethook, print },
	{ "debug.getupvalue", debug.getupvalue },
	{ "debug.getupvalue", debug.getupvalue, 1, 1 },
	{ "debug.getupvalue", debug.getupvalue, print, "x" },
	{ "debug.setupvalue", debug.setupvalue },
	{ "debug.setupvalue", debug.setupvalue, print, 1 },
	{ "debug.setupvalue", debug.setupvalue, print, "x", 1 },
	{ "debug.setupvalue", debug.setupvalue, 1, 1, 1 },
	{ "debug.upvalueid", debug.upvalueid },
	{ "debug.upvalueid", debug.upvalueid, 1, 1 },
	{ "debug.upvalueid", debug.upvalueid, two, 9 },
	{ "debug.upvaluejoin", debug.upvaluejoin },
	{ "debug.upvaluejoin", debug.upvaluejoin, two, 1, two, 1 },
	{ "debug.getlocal", debug.getlocal },
	{ "debug.getlocal", debug.getlocal, 99, 1 },
	{ "debug.getlocal", debug.getlocal, {}, 1 },
	{ "debug.setlocal", debug.setlocal },
	{ "debug.setlocal", debug.setlocal, 99, 1, 1 },
	{ "debug.setlocal", debug.setlocal, 1, 1 },
	{ "coroutine.close", coroutine.close, 1 },
	{ "coroutine.wrap", coroutine.wrap, 1 },
	{ "coroutine.resume", coroutine.resume, 1 },
	{ "loadfile", loadfile, "/nonexistent", {} },
	{ "dofile", dofile, {} },
	{ "package.searchpath", package.searchpath },
	{ "package.searchpath", package.searchpath, "x", "y", {} },
	{ "searcher", package.searchers[2] },
	{ "searcher", package.searchers[3], {} },
	{ "math.log", math.log, 1, "x" },
	{ "os.time", os.time, 1 },
	{ "io.open", io.open, "x", "zz" },
}

local function show(name, ok, ...)
	local values = table.pack(...)
	for i = 1, values.n do
		values[i] = type(values[i]) == "string" and values[i] or type(values[i])
	end
	say(name, ok, table.unpack(values, 1, values.n))
end

local function names()
	for _, call in ipairs(calls) do
		local name, f = call[1], call[2]
		local t = { field = f }
		-- Where the call has no name, one from a module is taken; these are in two modules, and which is chance.
		if not name:find "^coroutine.[rw]" and name ~= "loadfile" then
			show(name, pcall(f, table.unpack(call, 3)))
		end
		show(name, pcall(function() local a, b = f(table.unpack(call, 3)) return a, b end))
		show(name, pcall(function() local a, b = t.field(table.unpack(call, 3)) return a, b end))
		show(name, pcall(function() local a, b = t:field(table.unpack(call, 3)) return a, b end))
	end
	show("global", pcall(function() math.randomseed "x" end))
	show("global", pcall(function() load() end))
	show("method", pcall(function() (""):dump() end))
end

local function frames()
	local one, other = 5, 6
	say(debug.getlocal(1, 1))
	local name, value = debug.getlocal(1, 2)
	say(name, value)
	say(debug.setlocal(1, 1, 7), one, other)
	local _, trace = load(function() error(debug.traceback "reading", 0) end)
	local reader, caller = trace:match "stack traceback:\n%s*([^\n]*)\n%s*([^\n]*)"
	say((reader:gsub("^.*/", ""):gsub(":.*", "")), (caller:gsub("function", "global")))
	say(load(function() coroutine.yield() end))
end

local function results()
	say(math.randomseed(7))
	say(math.random(1000), math.random(1000))
	say(select("#", math.randomseed()))
	for place, code in utf8.codes "a\u{e4}\u{7fff}" do
		say(place, code)
	end
	say(pcall(function() for _ in utf8.codes "a\xff" do end end))
	say(load(string.dump(load "return 1 + 1"))())
	local lines = 0
	debug.sethook(function() lines = lines + 1 end, "l")
	local hook = debug.gethook()
	debug.sethook()
	say(type(hook), lines > 0, debug.gethook())
	local f = loadfile()
	say(select("#", f()), debug.getinfo(f, "S").source, select("#", dofile()), select("#", dofile(nil)))
	local given = {}
	say(debug.getupvalue(loadfile(nil, nil, given), 1), select(2, debug.getupvalue(loadfile(nil, nil, given), 1)) == given)
end

skynet.start(function()
	names()
	frames()
	results()
	skynet.abort()
end)
