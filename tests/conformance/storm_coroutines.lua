-- Random operations of many coroutines inside one service: fork, yield, wait, wakeup, timeout, send, call, error, killthread.
local skynet = require "skynet"
require "skynet.manager"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local state, line, count = 1, {}, 0
local function random(n) state = (state * 1103515245 + 12345) % 2147483648 return state // 65536 % n + 1 end
local function add(...) line[#line + 1] = table.concat({ ... }, "") if #line == 12 then out(table.concat(line, " ")) line = {} end end
local waiting, list, seed = {}, {}, 0
local function token(n) return seed .. "/" .. n % 4 end
local work
local function spawn(how, depth)
	count = count + 1
	local id = count
	if how == 1 then list[id] = skynet.fork(work, id, depth)
	elseif how == 2 then skynet.timeout(0, function() work(id, depth) end)
	elseif how == 3 then skynet.send(skynet.self(), "lua", id, depth)
	else skynet.fork(function() add(id, skynet.call(skynet.self(), "lua", id, depth) and "ok" or "no") end) end
end
function work(id, depth)
	list[id] = nil -- only forks that have not begun are killed
	add(id, "+")
	for step = 1, random(4) do
		local op = random(10)
		if (op <= 2 or op == 10) and depth > 0 then spawn(random(4), depth - 1)
		elseif op == 3 then skynet.yield() add(id, "y")
		elseif op == 4 and not waiting[token(id)] then local t = token(id) waiting[t] = true skynet.wait(t) waiting[t] = nil add(id, "B")
		elseif op == 5 or op == 6 then add(id, skynet.wakeup(token(random(4))) and "W" or "w")
		elseif op == 7 and depth < 3 then add(id, "!") error("random error", 0)
		elseif op == 8 then local n = count while n > 0 and not list[n] do n = n - 1 end if list[n] then add(id, skynet.killthread(list[n]) and "K" or "k", n) list[n] = nil end
		else add(id, "s", skynet.task() > 4 and ">" or "<") end
	end
	add(id, "-")
end
skynet.start(function()
	skynet.dispatch("lua", function(session, _, id, depth) local ok = pcall(work, id, depth) if session > 0 then skynet.retpack(ok) end end)
	for s = 1, 6 do
		seed = s
		state, count, list, waiting = seed * 99991, 0, {}, {}
		for i = 1, 8 do spawn(i % 4 + 1, 5) end
		-- timers would race; the main coroutine wakes what still waits
		for round = 1, 4 do skynet.sleep(2) for i = 1, 4 do if skynet.wakeup(token(i)) then add("wake", i) end end end
		skynet.sleep(2)
		out("seed", seed, "spawned", count, table.concat(line, " ")) line = {}
	end
	skynet.abort()
end)
