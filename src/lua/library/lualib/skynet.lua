-- The `skynet` module: what services call. Messages, coroutines and sessions are kept by the native
-- dispatch core (skysim.dispatch); here is the rest, in the order of real Skynet's API.

local core = require "skynet.core"
local skynet_require = require "skynet.require"
local dispatch = require "skysim.dispatch"

local proto = dispatch.proto -- classes by name and by id
for key in pairs(proto) do	-- loaded once more: nothing is registered yet
	proto[key] = nil
end

local skynet = {
	PTYPE_TEXT = 0,
	PTYPE_RESPONSE = 1,
	PTYPE_MULTICAST = 2,
	PTYPE_CLIENT = 3,
	PTYPE_SYSTEM = 4,
	PTYPE_HARBOR = 5,
	PTYPE_SOCKET = 6,
	PTYPE_ERROR = 7,
	PTYPE_QUEUE = 8,
	PTYPE_DEBUG = 9,
	PTYPE_LUA = 10,
	PTYPE_SNAX = 11,
	PTYPE_TRACE = 12,

	cache = require "skynet.codecache",
	pcall = pcall,

	-- messages
	send = dispatch.send,
	rawsend = dispatch.rawsend,
	call = dispatch.call,
	rawcall = dispatch.rawcall,
	ret = dispatch.ret,
	retpack = dispatch.retpack,
	response = dispatch.response,
	context = dispatch.context,
	ignoreret = dispatch.ignoreret,
	dispatch_message = dispatch.dispatch_message,
	genid = core.genid,
	pack = core.pack,
	packstring = core.packstring,
	unpack = core.unpack,
	tostring = core.tostring,
	trash = core.trash,

	-- coroutines
	fork = dispatch.fork,
	sleep = dispatch.sleep,
	yield = dispatch.yield,
	wait = dispatch.wait,
	wakeup = dispatch.wakeup,
	killthread = dispatch.killthread,
	term = dispatch.term,

	now = core.now,
	hpc = core.hpc,
	error = core.error,
	tracelog = core.trace,
	harbor = function(address) return core.harbor(address) end,
	init = skynet_require.init,
}

function skynet.register_protocol(class)
	local name, id = class.name, class.id
	assert(proto[name] == nil and proto[id] == nil)
	assert(type(name) == "string" and type(id) == "number" and id >= 0 and id <= 255)
	proto[name] = class
	proto[id] = class
end

function skynet.dispatch(typename, func)
	local p = proto[typename]
	if func then
		local before = p.dispatch
		p.dispatch = func
		dispatch.learn()
		return before
	end
	return p and p.dispatch
end

function skynet.redirect(dest, source, typename, ...)
	return core.redirect(dest, source, proto[typename].id, ...)
end

-- Several requests at once; rarely used, so loaded when it is.
function skynet.request(obj)
	return require "skynet.request"(skynet, obj)
end

-- What becomes of messages that nobody expects; replaceable.

dispatch.hooks[1] = function(session, address, msg, sz, prototype)
	skynet.error(string.format("Unknown request (%s): %s", prototype, core.tostring(msg, sz)))
	error(string.format("Unknown session : %d from %x", session, address))
end

dispatch.hooks[2] = function(session, address, msg, sz)
	skynet.error(string.format("Response message : %s", core.tostring(msg, sz)))
	error(string.format("Unknown session : %d from %x", session, address))
end

function skynet.dispatch_unknown_request(unknown)
	local before = dispatch.hooks[1]
	dispatch.hooks[1] = unknown
	return before
end

function skynet.dispatch_unknown_response(unknown)
	local before = dispatch.hooks[2]
	dispatch.hooks[2] = unknown
	return before
end

-- Timers. trace_timeout remembers where they were started, for skynet.task.

local timeout_traceback

function skynet.timeout(ti, func)
	if not timeout_traceback then
		return dispatch.timeout(ti, func)
	end
	local co
	co = dispatch.timeout(ti, function(...)
		timeout_traceback[co] = nil
		return func(...)
	end)
	timeout_traceback[co] = debug.traceback(string.format("TIMER %d+%d : ", skynet.now(), ti), 2)
	return co
end

function skynet.trace_timeout(on)
	timeout_traceback = on and (timeout_traceback or {}) or nil
end

-- Time and addresses.

local starttime

function skynet.starttime()
	starttime = starttime or core.intcommand "STARTTIME"
	return starttime
end

function skynet.time()
	return skynet.now() / 100 + skynet.starttime()
end

function skynet.self()
	return core.addresscommand "REG"
end

function skynet.localname(name)
	return core.addresscommand("QUERY", name)
end

function skynet.address(addr)
	if type(addr) == "number" then
		return string.format(":%08x", addr)
	end
	return tostring(addr)
end

-- The node.

function skynet.getenv(key)
	return (core.command("GETENV", key))
end

function skynet.setenv(key, value)
	assert(core.command("GETENV", key) == nil, "Can't setenv exist key : " .. key)
	core.command("SETENV", key .. " " .. value)
end

function skynet.newservice(name, ...)
	return skynet.call(".launcher", "lua", "LAUNCH", "snlua", name, ...)
end

local function ask_manager(everywhere, here, name, ...)
	if name == true then
		return assert(skynet.call(".service", "lua", everywhere, ...))
	end
	return assert(skynet.call(".service", "lua", here, name, ...))
end

function skynet.uniqueservice(name, ...)
	return ask_manager("GLAUNCH", "LAUNCH", name, ...)
end

function skynet.queryservice(name, ...)
	return ask_manager("GQUERY", "QUERY", name, ...)
end

-- The service's own life.

local init_thread

function skynet.init_service(start)
	local ok, err = xpcall(function()
		skynet_require.init_all()
		start()
	end, debug.traceback)
	if ok then
		skynet.send(".launcher", "lua", "LAUNCHOK")
	else
		dispatch.uncaught("init service failed: " .. tostring(err))
		skynet.send(".launcher", "lua", "ERROR")
		skynet.exit()
	end
end

function skynet.start(start_func)
	core.callback(skynet.dispatch_message)
	init_thread = skynet.timeout(0, function()
		skynet.init_service(start_func)
		init_thread = nil
	end)
end

function skynet.exit()
	dispatch.exit(core.packstring("REMOVE", skynet.self(), false))
end

-- Only in the main chunk: read when the loader has finished.
function skynet.memlimit(bytes)
	debug.getregistry().memlimit = bytes
	skynet.memlimit = nil
end

-- Looking at oneself.

function skynet.endless()
	return core.intcommand("STAT", "endless") == 1
end

function skynet.mqlen()
	return core.intcommand("STAT", "mqlen")
end

function skynet.stat(what)
	return core.intcommand("STAT", what)
end

local function task_traceback(co)
	if co == "BREAK" then
		return co
	end
	return timeout_traceback and timeout_traceback[co] or debug.traceback(co)
end

function skynet.task(ret)
	if ret == "init" then
		if init_thread then
			return debug.traceback(init_thread)
		end
		return
	end
	local sessions = dispatch.sessions()
	local kind = type(ret)
	if ret == nil then
		local count = 0
		for _, co in pairs(sessions) do
			if co ~= "BREAK" then
				count = count + 1
			end
		end
		return count
	elseif kind == "table" then
		for session, co in pairs(sessions) do
			ret[string.format("%s session: %d", tostring(co), session)] = task_traceback(co)
		end
	elseif kind == "number" then
		local co = sessions[ret]
		return co and task_traceback(co) or "No session"
	elseif kind == "thread" then
		for session, co in pairs(sessions) do
			if co == ret then
				return session
			end
		end
	end
end

function skynet.uniqtask()
	local stacks = {}
	for session, co in pairs(dispatch.sessions()) do
		local stack = task_traceback(co)
		local info = stacks[stack] or { count = 0, sessions = {} }
		info.count = info.count + 1
		if info.count < 10 then
			info.sessions[#info.sessions + 1] = session
		end
		stacks[stack] = info
	end
	local ret = {}
	for stack, info in pairs(stacks) do
		local sessions = table.concat(info.sessions, ",")
		if info.count > 10 then
			sessions = sessions .. "..."
		end
		ret[string.format("%d\tsessions:[%s]\n", info.count, sessions)] = stack
	end
	return ret
end

-- Trace logs.

skynet.tracetag = dispatch.tag

function skynet.trace(info)
	local tag = dispatch.tag()
	skynet.error("TRACE", tag)
	if tag == false then
		return
	end
	tag = dispatch.new_tag()
	dispatch.set_tag(tag)
	core.trace(tag, info and "trace " .. info or "trace")
end

function skynet.traceproto(prototype, flag)
	local p = assert(proto[prototype])
	p.trace = flag
	dispatch.learn()
end

function skynet.tracecall(tag, addr, typename, msg, sz)
	core.trace(tag, "tracecall begin")
	core.send(addr, skynet.PTYPE_TRACE, 0, tag)
	msg, sz = dispatch.untraced_rawcall(addr, typename, msg, sz)
	core.trace(tag, "tracecall end")
	return msg, sz
end

skynet.register_protocol {
	name = "lua",
	id = skynet.PTYPE_LUA,
	pack = skynet.pack,
	unpack = skynet.unpack,
}

skynet.register_protocol {
	name = "response",
	id = skynet.PTYPE_RESPONSE,
}

skynet.register_protocol {
	name = "error",
	id = skynet.PTYPE_ERROR,
	unpack = function(...) return ... end,
	dispatch = dispatch.error_dispatch,
}

-- The classes themselves, for those who reach for them: the native core stops assuming that it knows
-- every change.
setmetatable(skynet, { __index = function(_, key)
	if key == "_proto" then
		dispatch.expose()
		skynet._proto = proto
		return proto
	end
end })

dispatch.learn()

require "skynet.debug".init(skynet, { dispatch = skynet.dispatch_message })

return skynet
