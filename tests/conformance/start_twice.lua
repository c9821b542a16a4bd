-- Order of main chunk, init functions, start and early messages; a second skynet.start; no start at all.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "early" then
	skynet.dispatch("lua", function(session, _, x) out("early dispatch", x) if session > 0 then skynet.retpack("early") end end)
	skynet.init(function() out("init") skynet.sleep(3) out("init slept") end)
	skynet.start(function() out("start") skynet.dispatch("lua", function(session, _, x) out("late dispatch", x) skynet.retpack("late") end) skynet.sleep(3) out("start ends") end)
elseif mode == "late" then
	skynet.start(function() skynet.sleep(2) skynet.dispatch("lua", function(_, _, x) skynet.retpack("late", x) end) end)
elseif mode == "twice" then
	skynet.start(function() out("first start") end)
	skynet.start(function() out("second start") end)
elseif mode == "initerror" then
	skynet.init(function() error("init fails") end)
	skynet.start(function() out("never") end)
elseif mode == "again" then
	skynet.start(function() skynet.dispatch("lua", function() skynet.start(function() out("started again") end) skynet.retpack("started") end) end)
elseif mode == "nostart" then
	out("nostart main chunk")
else
	skynet.start(function()
		local function launch(m) local t = {} skynet.fork(function() t.r = table.pack(pcall(skynet.newservice, SERVICE_NAME, m)) end) return t end
		local h = skynet.launch("snlua", SERVICE_NAME .. " early")
		skynet.send(h, "lua", 1)
		out("call before start", pcall(skynet.call, h, "lua", 2))
		skynet.sleep(5) out("call in the start", skynet.call(h, "lua", 3))
		skynet.sleep(4) out("call after", skynet.call(h, "lua", 4))
		local l = skynet.launch("snlua", SERVICE_NAME .. " late")
		out("no dispatch yet", pcall(skynet.call, l, "lua", 5)) skynet.sleep(6) out("then", pcall(skynet.call, l, "lua", 6))
		local t = launch("twice") skynet.sleep(3) out("twice", t.r and t.r[1], t.r and t.r.n)
		t = launch("initerror") skynet.sleep(3) out("initerror", t.r[1], t.r[2])
		t = launch("nostart") skynet.sleep(3) out("nostart waits", t.r)
		local again = skynet.newservice(SERVICE_NAME, "again")
		out("start in a handler", pcall(skynet.call, again, "lua")) skynet.sleep(2) out("alive", skynet.send(again, "lua") ~= nil)
		skynet.abort()
	end)
end
