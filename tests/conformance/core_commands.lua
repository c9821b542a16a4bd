-- Every text command with usual and odd arguments.
local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local function show(...) out(select("#", ...), ...) end
local function c(...) out("command", ...) show(pcall(core.command, ...)) end
skynet.start(function()
	local self = core.command("REG")
	out("REG is short hex", self == string.format(":%x", skynet.self()))
	show(core.command("REG", "") == self, pcall(core.command, "REG", nil))
	c("REG", ".one") c("REG", ".one") c("REG", ".two")
	show(core.command("QUERY", ".one") == self, core.command("QUERY", ".two") == self)
	c("QUERY", ".none") c("QUERY", "none") c("QUERY", "") c("QUERY", ":8")
	c("NAME", ".three " .. self) show(core.command("QUERY", ".three") == self)
	c("NAME", ".three :1") c("NAME", ".four 8") c("NAME", ".four :0")
	c("GETENV", "conf_number") c("GETENV", "conf_true") c("GETENV", "conf_text") c("GETENV", "conf_none") c("GETENV", "thread_x") c("GETENV", "")
	c("SETENV", "conf_new some value") c("GETENV", "conf_new")
	c("STAT", "mqlen") c("STAT", "endless") c("STAT", "nosuch") c("STAT", "")
	c("NOSUCH") c("NOSUCH", "x") c("nosuch lower") c("reg") c("")
	c("LAUNCH", "nosuchmodule x") c("LAUNCH", "")
	c("KILL", ".none") c("KILL", "8") c("KILL", "nothing")
	c("MONITOR") c("MONITOR", ".nosuch")
	c("SIGNAL", ".none")
	c("TIMEOUT", "x") c("LOGOFF", ".none") c("LOGON", ".none")
	out("two arguments only", pcall(core.command, "REG", ".five", "extra"), core.command("QUERY", ".five"))
	out("no argument", pcall(core.command))
	out("number as command", pcall(core.command, 12))
	out("number as parameter", pcall(core.command, "QUERY", 12))
	out("table as parameter", pcall(core.command, "QUERY", {}))
	skynet.sleep(1)
	skynet.abort()
end)
