-- intcommand and addresscommand with numbers, floats, texts and errors.
local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local function i(...) out("int", ...) out("  ", pcall(core.intcommand, ...)) end
local function a(...) out("address", ...) out("  ", pcall(core.addresscommand, ...)) end
skynet.start(function()
	skynet.dispatch_unknown_response(function() end)
	i("STAT", "mqlen") i("STAT", "endless") i("STAT", "nosuch") i("STAT", "")
	out("message count is integer", math.type(core.intcommand("STAT", "message")))
	out("cpu and time are numbers", type(core.intcommand("STAT", "cpu")), type(core.intcommand("STAT", "time")))
	out("starttime", math.type(core.intcommand("STARTTIME")))
	local first = core.intcommand("TIMEOUT", 100)
	out("sessions go up", core.intcommand("TIMEOUT", 100) - first, core.intcommand("TIMEOUT", "100") - first, core.genid() - first)
	out("float", core.intcommand("TIMEOUT", 100.0) - first)
	out("negative", core.intcommand("TIMEOUT", -5) - first)
	out("too large for int32", core.intcommand("TIMEOUT", 2 ^ 40 | 0) - first)
	out("text", core.intcommand("TIMEOUT", "abc") - first)
	i("TIMEOUT", 1.5) out("nan", pcall(core.intcommand, "TIMEOUT", 0 / 0)) i("TIMEOUT", nil) i("TIMEOUT", {}) i("TIMEOUT", true)
	i("GETENV", "conf_number") i("GETENV", "conf_text") i("GETENV", "conf_none") i("NOSUCH") i("REG") i("QUERY", ".launcher")
	skynet.setenv("conf_real", 2.5) skynet.setenv("conf_hex", "0x10") skynet.setenv("conf_space", " 7 ") skynet.setenv("conf_exp", "1e3") skynet.setenv("conf_big", "99999999999999999999")
	i("GETENV", "conf_real") i("GETENV", "conf_hex") i("GETENV", "conf_space") i("GETENV", "conf_exp") i("GETENV", "conf_big")
	out("self", core.addresscommand("REG") == skynet.self())
	a("QUERY", ".nosuch") a("GETENV", "conf_text") a("NOSUCH") a("QUERY", {})
	skynet.setenv("conf_addr", ":00ff") skynet.setenv("conf_addr2", ":zz") skynet.setenv("conf_addr3", "12")
	a("GETENV", "conf_addr") a("GETENV", "conf_addr2") a("GETENV", "conf_addr3")
	skynet.sleep(1)
	skynet.abort()
end)
