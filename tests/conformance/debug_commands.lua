-- The debug protocol: PING, STAT, TASK, INFO, RUN, TERM, LINK, KILLTASK, EXIT, unknown ones.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode then
	skynet.start(function()
		skynet.info_func(function(...) return "info", select("#", ...), ... end)
		skynet.dispatch("lua", function(_, _, cmd, to) if cmd == "hang" then skynet.wait({}) elseif cmd == "callname" then local r = table.pack(pcall(skynet.call, to, "lua")) skynet.retpack(table.unpack(r, 1, r.n)) else skynet.retpack(cmd) end end)
	end)
else
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "slave")
		local function dbg(...) local r = table.pack(pcall(skynet.call, s, "debug", ...)) return table.unpack(r, 1, r.n) end
		out("ping", dbg("PING"))
		local _, stat = dbg("STAT") local keys = {} for k, v in pairs(stat) do keys[#keys + 1] = k .. ":" .. type(v) end table.sort(keys) out("stat", table.concat(keys, " "), stat.task, stat.mqlen)
		local ended = {} for i = 1, 2 do skynet.fork(function() ended[i] = table.pack(pcall(skynet.call, s, "lua", "hang")) end) end skynet.sleep(1)
		local _, task = dbg("TASK") local n = 0 for k, v in pairs(task) do n = n + 1 out("task", k:match("^thread: .* session: %d+$") ~= nil, v:match("^stack traceback:") ~= nil) end out("tasks", n)
		out("task by number", dbg("TASK", 9999)) out("task init", dbg("TASK", "init")) out("uniqtask", type(select(2, dbg("UNIQTASK"))))
		out("info", dbg("INFO", 1, nil, 3)) out("mem", math.type(select(2, dbg("MEM")))) out("support", dbg("SUPPORT", "lua"))
		out("run", dbg("RUN", "print('hello', ...) print(1, nil) return 5", "chunk", 7, 8)) out("run error", (select(2, dbg("RUN", "error('x', 0)", "chunk")))) out("run syntax", (select(2, dbg("RUN", "not lua", "chunk"))))
		out("run globals are its own", dbg("RUN", "a_global = 1 print(a_global)", "chunk"), dbg("RUN", "print(a_global)", "chunk"))
		skynet.fork(function() out("unblocked by TERM", skynet.call(s, "lua", "callname", "NOBODY_IS_CALLED_SO")) end) skynet.sleep(1) skynet.send(s, "debug", "TERM", "NOBODY_IS_CALLED_SO") skynet.sleep(1)
		out("killtask nobody", dbg("KILLTASK", "no such task")) out("unknown", dbg("NOSUCH")) out("nil command", dbg())
		out("extern command", (function() require "skynet.debug".reg_debugcmd("MINE", function(x) skynet.retpack("mine", x) end) return skynet.call(skynet.self(), "debug", "MINE", 1) end)())
		skynet.fork(function() ended[3] = table.pack(dbg("LINK")) end) skynet.sleep(1)
		out("tracelog", dbg("TRACELOG", "lua", false)) out("exit", dbg("EXIT")) skynet.sleep(1) for i = 1, 3 do out(i < 3 and "hanging call ends" or "LINK ends", table.unpack(ended[i])) end out("gone", dbg("PING"))
		skynet.abort()
	end)
end
