-- Every way from a yield back to whoever resumed, and on: of coroutines, and of calls of the scheduler.
local skynet = require "skynet"
require "skynet.manager"

if ... == "echo" then
	skynet.start(function()
		skynet.dispatch("lua", function(_, _, ...) skynet.retpack(...) end)
	end)
	return
end

local function print(...)
	local all = table.pack(...)
	for i = 1, all.n do all[i] = tostring(all[i]) end
	_G.print("> " .. table.concat(all, " "))
end

local function in_coroutines()
local function run(name, body, expected)
	local co = coroutine.create(body)
	local trail, input = {}, 0
	while coroutine.status(co) ~= "dead" do
		local all = table.pack(coroutine.resume(co, input))
		for i = 1, all.n do trail[#trail + 1] = tostring(all[i]) end
		trail[#trail + 1] = "/"
		input = input + 1
	end
	print(name, table.concat(trail, " "))
end
local yield = coroutine.yield
local function count(n) local sum = 0 for i = 1, n do sum = sum + yield(i) end return sum end
run("plain", function(a) return yield(a, "x"), yield(), count(3) end)
run("tail", function() return yield("tail") end)
run("tail of a function", function() local function f(...) return yield(...) end local a, b = f(1, 2) return f(a, b) end)
run("deep", function() local function f(n) if n == 0 then return yield("bottom") end return (f(n - 1)) end return f(50) end)
run("pcall", function() return pcall(yield, "p"), pcall(function() yield("in") error("e" , 0) end) end)
run("xpcall", function() return xpcall(function() local a = yield(1) local b = yield(2) error({a, b} ~= nil and "bad", 0) end, function(m) return m .. "!" end) end)
run("metamethods", function()
	local t = setmetatable({}, {__index = function(_, k) return yield("index", k) end, __add = function(a, b) return yield("add") end,
		__lt = function() return yield("lt") end, __concat = function() return yield("concat") end, __call = function(_, ...) return yield("call", ...) end,
		__eq = function() return yield("eq") end, __len = function() return yield("len") end, __newindex = function(_, k, v) yield("new", k, v) end })
	t.z = t.q
	local other = setmetatable({}, getmetatable(t))
	return t.a, t + 1, t < t, t .. "x", t(1, 2), t == other, #t
end)
run("metamethod is yield", function() local t = setmetatable({}, {__index = yield, __call = yield}) return type(t.x), type(t(5)) end)
run("iterator", function() local n = 0 for i in yield, nil, nil do n = n + i if n > 5 then break end end for k in function() return yield("it") end do if k > 4 then break end end return n end)
run("close", function()
	do local c <close> = setmetatable({}, {__close = function() yield("closing") end}) yield("body") end
	for i = 1, 2 do local c <close> = setmetatable({}, {__close = function(_, e) yield("c" .. i, e) end}) yield("b" .. i) end
	return pcall(function() local c <close> = setmetatable({}, {__close = function(_, e) yield("err", e) end}) error("oops", 0) end)
end)
run("close at return", function() local c <close> = setmetatable({}, {__close = yield}) return yield("r") end)
run("sort", function() return pcall(table.sort, {3, 2, 1}, function(a, b) yield("no") return a < b end) end)
run("gsub", function() return pcall(string.gsub, "abc", ".", function() yield("no") end) end)
run("load", function() return pcall(load, function() yield("no") end) end)
run("require-like dofile", function() return select("#", yield(1, nil, nil), yield(nil)) end)
run("many", function() return select("#", yield(table.unpack({}, 1, 200))) end)
run("nested", function()
	local inner = coroutine.wrap(function(a) local b = yield(a + 1) local c = pcall(yield, b + 1) error("inner", 0) end)
	local x = inner(yield("outer 1"))
	local y = inner(yield("outer 2"))
	return x, y, pcall(inner, yield("outer 3")), pcall(inner)
end)
run("error after", function() yield(1) local t = nil; return t.x end)
run("vararg", function(...) local function v(...) yield(select("#", ...)) return ... end return v(1, nil, yield("v"), ...) end)
run("hook", function() local n = 0 debug.sethook(function() n = n + 1 end, "crl") yield("h") local a = yield("h2") debug.sethook() return a, n > 0 end)
run("pcall of pcall", function() return pcall(pcall, pcall, yield, "ppp") end)
run("yield in continuation", function() return pcall(function() return pcall(yield, yield("a"), yield("b")) end) end)
run("string method", function() local s = "x" debug.setmetatable("", {__index = string, __call = yield}) local a = s("q") debug.setmetatable("", {__index = string}) return a end)
local co = coroutine.wrap(function() yield(1) end) co() co() print(pcall(co))
local c2; c2 = coroutine.create(function() yield(coroutine.resume(c2)) local c3 = coroutine.create(function() yield(7) end) coroutine.resume(c3) yield(coroutine.close(c3), coroutine.status(c3)) end)
print(coroutine.resume(c2)) print(coroutine.resume(c2)) print(coroutine.resume(c2)) print(coroutine.resume(c2))
local deep = coroutine.wrap(function() local function f(n) if n == 0 then yield("deep") return 0 end return pcall(f, n - 1) end print(f(100)) return "end" end)
print(deep(), deep())
local stack = {}
local function nest(n) return coroutine.wrap(function() if n > 0 then local w = nest(n - 1) while true do local v = w() if not v then break end yield(v + 1) end else yield(1) yield(2) end end) end
local w = nest(30) print(w(), w(), w())
end

local function in_calls(echo)
	local function call(...) return skynet.call(echo, "lua", ...) end
	local function tail(...) return skynet.call(echo, "lua", ...) end
	local function slept(...) skynet.sleep(1) return ... end
	print("call", call(1, "two", nil, 4))
	print("tail", (tail("t")), select("#", tail()))
	print("pcall", pcall(call, "p"), pcall(skynet.call, echo, "lua", "q"), pcall(skynet.sleep, 1))
	local t = setmetatable({}, { __index = function(_, k) return call(k) end, __call = tail, __add = function(_, n) return call(n) end,
		__lt = function() return call(true) end, __close = function() print("closed", call("c")) end })
	print("metamethods", t.x, (select(2, t("y"))), t + 5, t < t)
	do local _ <close> = t print("body", slept("b")) end
	local n = 0
	for i in function(_, last) return call((last or 0) + 1) end do n = n + i if i == 4 then break end end
	print("iterator", n)
	local co = coroutine.wrap(function() return pcall(coroutine.yield, "own") end)
	print("own", co(), co("back"))
	skynet.fork(function() print("forked", tail("f")) end)
	skynet.timeout(1, function() return skynet.call(echo, "lua", "timeout") end)
	skynet.sleep(5)
	skynet.fork(skynet.call, echo, "lua", "body")
	skynet.fork(skynet.sleep, 1)
	skynet.yield()
	print("error", pcall(function() local x = call() return x.y end))
end

skynet.start(function()
	in_coroutines()
	in_calls(skynet.newservice(SERVICE_NAME, "echo"))
	print("done")
	skynet.abort()
end)
