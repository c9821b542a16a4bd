-- exit: 0
-- out: > done
-- What the VMs of a run share is read-only: collectors of both kinds, the lexer, dumps and `debug` leave it alone.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	for _, mode in ipairs { "incremental", "generational", "incremental", "generational" } do
		collectgarbage(mode)
		for i = 1, 200 do
			local t = {}
			for j = 1, 200 do t[#t + 1] = "x" .. i .. j; t["k" .. j] = { tostring(j), "skynet", "pack" } end
			load("global x; return 'global', 'skynet', ...", "=c", "t")
			assert(select(2, load("local global = 1 return 'a', global")()) == 1)
			collectgarbage("step", i)
		end
		collectgarbage()
		assert(("sky" .. "net") == "skynet" and ({ skynet = 1 })["sky" .. "net"] == 1)
		assert(rawequal("pa" .. "ck", "pack"))
		for name, f in pairs(skynet) do
			if type(f) == "function" then
				local ok, code = pcall(string.dump, f)
				if ok then local g = load(code, "d", "b") assert(type(g) == "function") end
				debug.getinfo(f, "SlnurfL")
				debug.setupvalue(f, 1, (select(2, debug.getupvalue(f, 1))))
			end
		end
		assert(debug.setupvalue(print, 1, 3) == nil and debug.getupvalue(print, 1) == nil)
	end
	-- many strings: the table grows and shrinks
	local keep = {}
	for i = 1, 300000 do keep[i] = "string " .. i end
	keep = nil collectgarbage() collectgarbage()
		local w = setmetatable({}, { __mode = "k" })
	w[print] = 1 w[skynet.start] = 2 w[string.format] = 3
	collectgarbage() collectgarbage()
	assert(w[print] == 1 and w[skynet.start] == 2 and w[string.format] == 3)
	print("> done")
	skynet.abort()
end)
