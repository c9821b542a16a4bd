-- exit: 0,1
-- out: > done
-- The interface with arguments of every wrong kind.
local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"

skynet.start(function()
	skynet.newservice("lib/ender", 1000)
	local echo = skynet.newservice("lib/echo")
	local odd = { 0, -1, 1 << 40, 1.5, 0 / 0, math.huge, "", "x", "\0", "a\0b", "a\nb", ":", ":zz", ":ffffffff", ".", ".x\0y", ("n"):rep(100000), true, false, {}, print, coroutine.create(print), io.stdout, echo }
	-- dispatch, register_protocol
	for _, value in ipairs(odd) do
		pcall(skynet.dispatch, value, value)
		pcall(skynet.dispatch, "lua", value)
		pcall(skynet.send, skynet.self(), "lua", 1)
		skynet.yield()
	end
	skynet.dispatch("lua", print)
	for i, value in ipairs(odd) do
		pcall(skynet.register_protocol, value)
		pcall(skynet.register_protocol, { name = value, id = value, pack = value, unpack = value, dispatch = value })
		pcall(skynet.register_protocol, { name = "odd" .. i, id = 100 + i, pack = value, unpack = value, dispatch = value })
		pcall(skynet.register_protocol, { name = "none" .. i, id = 140 + i })
		pcall(skynet.register_protocol, { name = "float" .. i, id = 180.5 + i, pack = skynet.pack, unpack = skynet.unpack })
		for _, name in ipairs { "odd" .. i, "none" .. i, "float" .. i } do
			for _, other in ipairs(odd) do
				pcall(skynet.send, echo, name, other)
				pcall(skynet.rawsend, skynet.self(), name, other, other)
				pcall(skynet.send, skynet.self(), name, "x")
			end
			skynet.fork(function() pcall(skynet.call, echo, name, "x") end)
		end
		skynet.yield()
	end
	-- Pack and unpack functions that yield, fail, return nothing, send, exit the protocol.
	for i, f in ipairs {
		function() skynet.sleep(1) end, function() error("x") end, function() end, function() return nil end, function() return {} end,
		function() return "x", "y", "z" end, function() return skynet.pack(1) end, function() coroutine.yield() end,
		function() return coroutine.wrap(function() skynet.sleep(1) return skynet.pack(1) end)() end,
		function() skynet.send(echo, "lua", "x") return skynet.pack("y") end,
		function() return table.unpack({}, 1, 100000) end,
		function() return skynet.call(echo, "lua", "x") end,
		function() skynet.register_protocol { name = "again", id = 254, pack = error, unpack = error } return "x" end,
	} do
		local name = "fun" .. i
		skynet.register_protocol { name = name, id = 60 + i, pack = f, unpack = f, dispatch = function() skynet.ret() end }
		skynet.fork(function() pcall(skynet.call, echo, name, 1) end)
		skynet.fork(function() pcall(skynet.call, skynet.self(), name, 1) end)
		skynet.fork(function() pcall(skynet.rawcall, skynet.self(), name, "x") end)
		skynet.fork(function() pcall(skynet.send, skynet.self(), name) end)
		skynet.sleep(3)
	end
	-- core functions with everything, in threes
	local skip = { callback = true, command = true, intcommand = true, addresscommand = true }
	for name, f in pairs(core) do
		if not skip[name] then
			pcall(f)
			for _, a in ipairs(odd) do
				pcall(f, a)
				for _, b in ipairs(odd) do
					pcall(f, a, b)
					pcall(f, skynet.self(), a, b)
					pcall(f, skynet.self(), 10, a, b)
					pcall(f, skynet.self(), skynet.self(), a, b, "x")
				end
			end
		end
	end
	local commands = { "TIMEOUT", "REG", "QUERY", "NAME", "GETENV", "STARTTIME", "MONITOR", "STAT", "LOGON", "LOGOFF", "LAUNCH", "KILL", "NONSENSE", "", "\0" }
	for _, command in ipairs(commands) do
		for _, f in ipairs { core.command, core.intcommand, core.addresscommand } do
			pcall(f, command)
			for _, a in ipairs(odd) do
				if not (command == "KILL" and (a == echo or a == 0)) then
					pcall(f, command, a)
					pcall(f, command, a, a)
				end
				pcall(f, command, command .. " " .. tostring(a))
				pcall(f, command, "snlua " .. tostring(a))
				pcall(f, command, ".n" .. tostring(a) .. " :" .. tostring(a))
				pcall(f, command, tostring(a) .. " " .. tostring(a))
			end
		end
	end
	for _, f in pairs(odd) do pcall(core.callback, f) end
	-- names, arguments
	for _, value in ipairs(odd) do
		pcall(skynet.newservice, value)
		pcall(skynet.newservice, "lib/echo", value)
		pcall(skynet.uniqueservice, value)
		pcall(skynet.launch, value, value)
		pcall(skynet.name, ".n" .. tostring(value), echo)
		pcall(skynet.register, ".r" .. tostring(value))
		pcall(skynet.localname, value)
		pcall(skynet.getenv, value)
		pcall(skynet.address, value)
		pcall(skynet.tostring, value, value)
		pcall(skynet.timeout, value, value)
		pcall(skynet.timeout, 1, value)
		pcall(skynet.fork, value, value)
		pcall(skynet.trace, value)
		pcall(skynet.traceproto, value, value)
		pcall(skynet.traceproto, "lua", true)
		pcall(skynet.send, echo, "lua", "x")
		pcall(skynet.stat, value)
		pcall(skynet.task, value)
		pcall(skynet.info_func, value)
		pcall(skynet.term, value)
		pcall(skynet.init, value)
		pcall(skynet.memlimit)
	end
end)
