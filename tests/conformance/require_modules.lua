-- Modules that yield while they load: concurrent require, circular require, failing modules, skynet.init in them.
local skynet = require "skynet"
require "skynet.manager"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local order = {}
skynet.init(function() out("init of the main chunk 1") end)
skynet.init(function() skynet.sleep(1) out("init of the main chunk 2, slept") end)
local m = require "mod.with_init"
out("main chunk ends, the init of the module ran:", m.ran)
skynet.start(function()
	out("start, the init of the module ran:", m.ran)
	out("same table", require "mod.with_init" == m, package.loaded["mod.with_init"] == m)
	for i = 1, 3 do skynet.fork(function() out("require begins", i) local t = require "mod.slow" out("require done", i, t.count) end) end
	skynet.sleep(5)
	out("circular", pcall(require, "mod.circle_a"))
	for i = 1, 2 do skynet.fork(function() local ok, e = pcall(require, "mod.failing") out("failing", i, ok, (tostring(e):match("^[^\n]*"):gsub("^.*:%d+: ", ""))) end) end
	skynet.sleep(4)
	out("failing again", (pcall(require, "mod.failing")))
	local ok, e = pcall(require, "mod.nosuch") out("missing", ok, e:match("^[^\n]*"))
	out("init in a module of a coroutine", require("mod.late_init").ran)
	out("init outside", pcall(skynet.init, function() end))
	out("module without value", require "mod.novalue", package.loaded["mod.novalue"])
	out("false module", require "mod.returns_false")
	package.loaded["mod.novalue"] = nil out("loaded again", require "mod.novalue")
	out("arguments", table.concat(require "mod.arguments", " "))
	out("preload", pcall(function() package.preload["pre.loaded"] = function(name) return { name = name } end return require("pre.loaded").name end))
	out("bad name", (pcall(require, nil)))
	skynet.abort()
end)
