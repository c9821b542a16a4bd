-- log
-- skynet.error with many kinds of arguments, and the lines it logs.
local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
skynet.start(function()
	skynet.error("one string")
	skynet.error()
	skynet.error(nil)
	skynet.error(1, 2.0, -0.0, 1e100, math.mininteger)
	skynet.error("nil inside", nil, "after", nil)
	skynet.error(true, false)
	skynet.error("%d is not formatted", 5)
	skynet.error("")
	skynet.error("", "")
	skynet.error(" leading and trailing ")
	skynet.error("tab\tand utf8 \u{e9}\u{4e2d}")
	skynet.error(setmetatable({}, { __tostring = function() return "custom" end }), "x")
	skynet.error(setmetatable({}, { __name = "NAMED" }) and "named")
	skynet.error(1 / 0, -1 / 0, 0.1, 100 / 3)
	skynet.error(("x"):rep(300))
	skynet.error("two\nlines")
	out("bad tostring", pcall(skynet.error, setmetatable({}, { __tostring = function() return 1 end })))
	out("bad tostring of two", pcall(skynet.error, "a", setmetatable({}, { __tostring = function() error("no", 0) end })))
	out("returns", select("#", skynet.error("returns nothing")))
	core.error("through core.error", 7)
	skynet.sleep(2)
	skynet.abort()
end)
