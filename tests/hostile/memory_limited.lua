-- exit: 0,1
-- out: > done
-- memory: 200
-- Memory bombs under a limit: "not enough memory", which can be caught; then life goes on.
local skynet = require "skynet"
require "skynet.manager"

local mode = ...
if mode then skynet.memlimit(mode == "edge" and 1 << 20 or 2 << 20) end

local function fails(f)
	local ok, text = pcall(f)
	assert(not ok, "no failure")
	collectgarbage()
	return text
end

local bombs = {
	function() local t = {} while true do t[#t + 1] = {} end end,
	function() local s = "x" while true do s = s .. s end end,
	function() return ("x"):rep(1 << 31) end,
	function() return ("x"):rep(1 << 40) end,
	function() return ("x"):rep(math.maxinteger) end,
	function() return ("x"):rep(1 << 20, ("y"):rep(1 << 20)) end,
	function() local t = {} while true do t[#t + 1] = coroutine.create(function() end) end end,
	function() local t = {} while true do t[#t + 1] = assert(load("return 1")) end end,
	function() local t = {} for i = 1, 1 << 30 do t[i] = i end end,
	function() local t = {} for i = 1, 1 << 30 do t["x" .. i] = true end end,
	function() return table.pack(table.unpack({}, 1, 900000)) end,
	function() return table.concat({ ("x"):rep(1 << 21), ("y"):rep(1 << 21), ("z"):rep(1 << 21) }, ("w"):rep(1 << 21)) end,
	function() return (("x"):rep(1 << 20):gsub("x", ("y"):rep(1 << 10))) end,
	function() return string.pack("!16s4", ("x"):rep(1 << 30)) end,
	function() return utf8.char(table.unpack({}, 1, 1 << 25)) end,
	function() return string.format("%99999s", "x") end,
	function() return string.pack(("x"):rep(1 << 23)) end,
	function() local t = {} while true do t[#t + 1] = io.tmpfile() end end,
	function() local t = setmetatable({}, { __mode = "k" }) while true do t[function() return t end] = true t[#t + 1] = {} end end,
	function() if table.create then return table.create(1 << 30, 1 << 30) end error "x" end,
	function() if table.create then return table.create(1 << 26) end error "x" end,
	function() if table.create then return table.create(0, 1 << 26) end error "x" end,
	function() if table.create then return table.create(-1) end error "x" end,
	function() local t = {} while true do t[#t + 1] = skynet.response end end,
	function() local t = {} while true do skynet.fork(function() end) end end,
	function() while true do skynet.timeout(1000, function() end) end end,
	function() return skynet.unpack(("\14"):rep(4000) .. ("\42"):rep(1 << 20)) end,
}

skynet.start(function()
	if mode == "bombs" then
		-- Some bombs keep what they took (forks, timeouts): a little is left for what comes after each.
		local reserve = {}
		for i = 1, #bombs do reserve[i] = ("r"):rep(1 << 14) .. i end
		for i, bomb in ipairs(bombs) do
			fails(bomb)
			reserve[i] = nil
		end
		skynet.dispatch("lua", function(_, _, x) skynet.retpack(x) end)
		return
	elseif mode == "in_handler" then
		skynet.dispatch("lua", function(_, _, i) bombs[i]() end)
		return
	elseif mode == "start" then
		bombs[1]()
	elseif mode == "edge" then
		-- Everything when nothing is left: even a short string may not fit.
		local token, hold = {}, {}
		local results = {}
		skynet.dispatch("lua", function(session, _, what)
			if session ~= 0 then skynet.ret(skynet.pack(what)) end
		end)
		local function fill()
			for size = 18, 0, -1 do
				while pcall(function() hold[#hold + 1] = ("x"):rep(1 << size) .. #hold end) do end
			end
			while pcall(function() hold = { hold } end) do end
		end
		for round = 1, 20 do
			skynet.fork(function() skynet.wait(token) end)
			skynet.fork(function() pcall(skynet.call, skynet.self(), "lua", "x") end)
			skynet.fork(function() skynet.sleep(1) end)
			skynet.fork(function() error("x") end)
			skynet.fork(function() error(setmetatable({}, { __tostring = function() return "y" .. round end })) end)
			skynet.yield()
			pcall(fill)
			-- Leave room for a few words, more in each round.
			for _ = 1, round do hold = hold[1] or hold end
			pcall(skynet.wakeup, token)
			pcall(skynet.fork, print)
			pcall(skynet.timeout, 0, print)
			pcall(skynet.sleep, 0)
			pcall(skynet.call, skynet.self(), "lua", "x")
			pcall(skynet.send, skynet.self(), "lua", { 1, 2, 3, { "x" } })
			pcall(skynet.send, skynet.self(), "nonsense", 1)
			pcall(skynet.error, "x", 1, {})
			pcall(print, "> ", 1, 2.5)
			pcall(skynet.killthread, "x")
			pcall(io.open, "x", "w")
			pcall(skynet.newservice, "lib/echo")
			pcall(require, "skynet.queue")
			pcall(skynet.response)
			pcall(skynet.packstring, 1, 2, { x = 1 })
			pcall(skynet.yield)
			hold = {}
			collectgarbage()
		end
		return
	end
	local victim = skynet.newservice("memory_limited", "bombs")
	assert(skynet.call(victim, "lua", "alive") == "alive")
	victim = skynet.newservice("memory_limited", "in_handler")
	for i in ipairs(bombs) do
		assert(not pcall(skynet.call, victim, "lua", i), i)
	end
	pcall(skynet.newservice, "memory_limited", "start")
	pcall(skynet.newservice, "memory_limited", "edge")
	print("> done")
	skynet.abort()
end)
