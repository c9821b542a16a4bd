-- A folder that is loaded, and upvalues of native functions.
local skynet = require "skynet"
require "skynet.manager"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
skynet.start(function()
	local folder = debug.getinfo(1, "S").source:match("^@(.*)/[^/]*$") .. "/mod"
	local function load(f, ...) local r = table.pack(f(...)) out(r.n, r[1], (tostring(r[2]):gsub("%S*/mod", "FOLDER"))) end
	load(loadfile, folder)
	load(pcall, dofile, folder)
	out("ids", select("#", debug.upvalueid(print, 1)), debug.upvalueid(print, 1))
	out("values", select("#", debug.getupvalue(print, 1)), select("#", debug.setupvalue(print, 1, 2)))
	skynet.abort()
end)
