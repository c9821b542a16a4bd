-- What differs between Lua 5.4 and 5.5, and what neither has: names from Lua 5.3.
local skynet = require "skynet"
require "skynet.manager"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local function names(t) local list = {} for name in pairs(t) do list[#list + 1] = name end table.sort(list) return table.concat(list, " ") end
skynet.start(function()
	out("holes", #{ 1, nil, 3 }, #{ nil, 2 }, #table.pack(1, nil, 3), table.unpack { 1, nil, 3 })
	out("concat", pcall(table.concat, { "a", nil, 1 }))
	out("floats", 1 / 3, 0.1, 1e15, 2 ^ 53, 1e100, -0.0, 3.0, 1e300 * 1e10)
	out("formatted", ("%s %.14g %.3f %g %d"):format(1 / 3, 1 / 3, 1 / 3, 1 / 3, 3.0))
	out("no error object", pcall(error))
	out("loop variable", load("for i = 1, 2 do i = i + 1 end return 'may be assigned to'"))
	out("loop variable", pcall(load("for i = 1, 2 do i = i + 1 end return 'may be assigned to'") or error))
	out("global", pcall(load("global = 1 return global")))
	out("global", load("global x = 1 return x"))
	out("close", pcall(coroutine.wrap(function() coroutine.close() end)))
	out("close", pcall(coroutine.wrap(function() coroutine.close(coroutine.running()) end)))
	for _, option in ipairs { "setpause", "setstepmul", "generational", "incremental", "step", "isrunning" } do
		out("collectgarbage", option, (pcall(collectgarbage, option)))
	end
	out("collectgarbage", "param", (pcall(collectgarbage, "param", "pause")))
	out("less", pcall(function() local t = setmetatable({}, { __lt = function() return true end }) return t <= t end))
	out("invalid order", pcall(table.sort, { 1, "a" }))
	out("offset", utf8.offset("a\u{e9}b", 2))
	for _, library in ipairs { "math", "string", "table", "utf8", "coroutine" } do out(library, names(_G[library])) end
	local function broken() error("it broke") end
	local _, traceback = xpcall(function() local field = { broken = broken } field.broken() end, debug.traceback)
	for line in traceback:gmatch("[^\n]+") do
		if line:find("broke") or line:find("'error'") or line:find("'xpcall'") then out("traceback", (line:gsub("^%s*", ""))) end
	end
	skynet.abort()
end)
