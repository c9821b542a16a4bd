-- newservice whose service fails, leaves, hangs or is killed in all stages; uniqueservice and queryservice racing for it.
local skynet = require "skynet"
require "skynet.manager"
local mode, arg = ...
mode = mode and mode:gsub("_", " ")
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = (tostring(t[i]):gsub("\n.*", " ..")) end print("> " .. table.concat(t, " ")) end
if mode == "main chunk" then error("in the main chunk", 0)
elseif mode == "error object" then error({})
elseif mode == "nil error" then error(nil)
elseif mode == "no start" then return
elseif mode == "exit in main" then skynet.exit()
elseif mode == "call in main" then out("call in the main chunk", pcall(skynet.call, ".launcher", "lua", "LIST")) skynet.start(function() end)
elseif mode == "send in main" then skynet.send(tonumber(arg), "lua", "from a main chunk") skynet.start(function() end)
elseif mode == "sleep in main" then out("sleep in the main chunk", pcall(skynet.sleep, 1)) skynet.start(function() end)
elseif mode == "fork in main" then skynet.fork(out, "forked in the main chunk") skynet.timeout(0, function() out("timer of the main chunk") end) skynet.start(function() out("start function") end)
elseif mode == "init fails" then skynet.init(function() error("in init", 0) end) skynet.start(function() out("never") end)
elseif mode == "init order" then skynet.init(function() skynet.sleep(1) out("init 1") end) skynet.init(function() out("init 2") end) skynet.start(function() out("start") end)
elseif mode == "init in start" then skynet.start(function() out("init in start", pcall(skynet.init, print)) end)
elseif mode == "start fails" then skynet.start(function() skynet.sleep(1) error("in start", 0) end)
elseif mode == "start exits" then skynet.start(function() skynet.exit() end)
elseif mode == "start killed" then skynet.start(function() skynet.kill(skynet.self()) skynet.sleep(1) out("never") end)
elseif mode == "launcher told early" then skynet.start(function() skynet.send(".launcher", "lua", "LAUNCHOK") skynet.sleep(1) error("after it was reported", 0) end)
elseif mode == "start nil" then skynet.start(nil)
elseif mode == "start callable" then skynet.start(setmetatable({}, { __call = function() out("called") end }))
elseif mode == "slow" then skynet.start(function() skynet.sleep(3) end)
elseif mode == "unique" then skynet.start(function() skynet.dispatch("lua", function() skynet.retpack(skynet.self()) end) skynet.sleep(2) if arg == "fail" then error("unique fails", 0) end end)
elseif mode then out("unknown", mode)
else
	skynet.start(function()
		skynet.dispatch("lua", function(...) out("got", select("#", ...), (select(3, ...))) end)
		for _, m in ipairs { "main chunk", "error object", "nil error", "exit in main", "call in main", "sleep in main", "fork in main", "init fails", "init order", "init in start", "start fails", "start exits", "start killed", "launcher told early", "start nil", "start callable" } do
			local result skynet.fork(function() result = table.pack(pcall(skynet.newservice, SERVICE_NAME, (m:gsub(" ", "_")))) end) skynet.sleep(5)
			out(m, result and result[1] or "waits", result and not result[1] and result[2] or "")
		end
		out("send in main", (pcall(skynet.newservice, SERVICE_NAME, "send_in_main", skynet.self())))
		local hung skynet.fork(function() hung = table.pack(pcall(skynet.newservice, SERVICE_NAME, "no_start")) end) skynet.sleep(2) out("no start", hung and hung[1], hung and hung[2])
		for _, name in ipairs { "no_such_service", "", " ", "a b", "../conformance/no", ("x"):rep(300), 5, 1.5, true } do out("name", #tostring(name) < 40 and tostring(name):gsub("\n", "/") or "long", pcall(skynet.newservice, name, "slow")) end
		out("nil name", pcall(skynet.newservice)) out("table name", pcall(skynet.newservice, {})) out("table argument", pcall(skynet.newservice, SERVICE_NAME, "slow", {})) out("launch", skynet.launch("no_such_module", "x"), pcall(skynet.launch)) 
		local lines = {}
		for i = 1, 4 do skynet.fork(function() local ok, e = pcall(skynet.uniqueservice, SERVICE_NAME, "unique") lines[#lines + 1] = i .. tostring(ok) end) skynet.fork(function() local ok = pcall(skynet.queryservice, SERVICE_NAME) lines[#lines + 1] = "q" .. i .. tostring(ok) end) end
		skynet.sleep(6) out("race", table.concat(lines, " ")) local u = skynet.uniqueservice(SERVICE_NAME, "unique") out("same", u == skynet.queryservice(SERVICE_NAME)) skynet.kill(u) out("stale", skynet.uniqueservice(SERVICE_NAME) == u, pcall(skynet.call, u, "lua"))
		lines = {} for i = 1, 3 do skynet.fork(function() local ok, e = pcall(skynet.uniqueservice, true, SERVICE_NAME, "unique", "fail") lines[#lines + 1] = i .. tostring(ok) .. tostring(e):gsub("\n.*", "") end) end
		skynet.sleep(6) out("global, failing", table.concat(lines, " | ")) out("again", pcall(skynet.uniqueservice, true, SERVICE_NAME, "unique"))
		local waiting = 0 for i = 1, 2 do skynet.fork(function() waiting = waiting + 1 pcall(skynet.queryservice, "never_there") waiting = waiting - 1 end) end skynet.sleep(2) out("waiting queries", waiting)
		out("LIST of .service", (function() local n = 0 for k, v in pairs(skynet.call(".service", "lua", "LIST")) do n = n + 1 end return n end)()) out("unknown command", pcall(skynet.call, ".service", "lua", "NOSUCH"))
		skynet.abort()
	end)
end
