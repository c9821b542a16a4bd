-- Forks: their order, nested ones, with arguments, in the main chunk, woken coroutines first, errors between.
local skynet = require "skynet"
require "skynet.manager"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
skynet.fork(function(...) out("fork in the main chunk", ...) end, "arg", nil, 3)
skynet.fork(function() out("second fork in the main chunk") end)
out("main chunk ends")
local log = {}
local function add(...) log[#log + 1] = table.concat({ ... }, ":") end
local function flush(label) out(label, table.concat(log, " ")) log = {} end
skynet.start(function()
	out("start")
	skynet.yield()
	for i = 1, 3 do skynet.fork(function() add("f", i) skynet.fork(function() add("n", i) skynet.fork(add, "nn", i) end) end) end
	skynet.yield() flush("nested")
	skynet.fork(function() skynet.wait("w") add("woken") skynet.fork(add, "fork of woken") skynet.yield() add("woken again") end)
	skynet.yield()
	skynet.fork(add, "before wakeup") skynet.wakeup("w") skynet.fork(add, "after wakeup") skynet.yield() flush("wakeups first") skynet.yield() flush("then")
	skynet.fork(add, "1") skynet.fork(error, "fork error") skynet.fork(add, "2") skynet.fork(function() skynet.fork(add, "4") error("another") end) skynet.fork(add, "3")
	skynet.yield() flush("errors between")
	skynet.timeout(0, function() add("t1") skynet.fork(add, "f of t1") end) skynet.timeout(0, function() add("t2") end) skynet.fork(function() add("f") skynet.yield() add("f again") end)
	skynet.yield() flush("after one yield") skynet.yield() flush("after two")
	out("returns a thread", type(skynet.fork(print)) == "thread")
	out("not a function", pcall(skynet.fork, 5) == true)
	skynet.yield()
	local n = 0 for i = 1, 1000 do skynet.fork(function(a, b) n = n + a + b end, i, 1) end skynet.yield() out("thousand", n)
	local co = skynet.fork(function() end) skynet.yield() out("status of a finished fork", coroutine.status(co))
	skynet.fork(function(...) out("trailing nils", select("#", ...)) end, nil, nil, nil) skynet.yield()
	out("context in a fork", skynet.context())
	skynet.abort()
end)
