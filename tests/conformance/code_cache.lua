-- Files are loaded once per process by name; clear, modes, other spellings, errors are not cached.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local cache = require "skynet.codecache"
local file = "conf_code_cache.tmp.lua"
local function write(text) local f = assert(io.open(file, "w")) f:write(text) f:close() end
local function run(name) local f, e = loadfile(name or file) if not f then return "error", (e:gsub("^.*:%d+: ", "")) end return f() end
if mode then
	skynet.start(function() skynet.dispatch("lua", function(_, _, x) if x == "clear" then cache.clear() end skynet.retpack(run()) end) end)
else
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "other")
		write "not lua" out("syntax error", run())
		write "return 'version 1'" out("errors are not cached", run())
		write "return 'version 2'" out("same name", run()) out("other service", skynet.call(s, "lua")) out("dofile", dofile(file))
		out("other spelling", run("./" .. file)) write "return 'version 3'" out("other spelling again", run("./" .. file))
		cache.clear() out("after clear", run()) write "return 'version 4'" out("other service", skynet.call(s, "lua")) out("cleared by the other service", skynet.call(s, "lua", "clear"), run())
		out("modes", cache.mode()) out("setting it answers nothing", select("#", cache.mode("OFF"))) write "return 'version 5'" out("mode OFF", run()) out("other service is ON", skynet.call(s, "lua"))
		cache.mode("EXIST") out("mode EXIST uses the cached", run()) out("and does not add", run("././" .. file)) write "return 'version 6'" out("as seen here", run("././" .. file)) cache.mode("ON") out("mode ON", run())
		out("bad mode", pcall(cache.mode, "NOSUCH")) out("missing file", loadfile("conf_no_such_file.lua") == nil)
		write "count = (count or 0) + 1 local up = 0 return count, function() up = up + 1 return up end" cache.clear()
		local c1, f1 = run() local c2, f2 = run() out("fresh closures", c1, c2, f1(), f1(), f2())
		local f = loadfile(file, "bt", { }) out("own environment", (f())) out("globals", count)
		out("load of text is not cached", load("return 1", "=same")(), load("return 2", "=same")())
		os.remove(file) out("removed, still there", (pcall(run)))
		skynet.abort()
	end)
end
