-- The `require` of a service, and skynet.init. Functions that a module registers by skynet.init run
-- right after its body when it is loaded inside a coroutine, and before the start function when it
-- is loaded by the service's main chunk. Inside a coroutine a module body may wait for messages;
-- whoever requires the same module meanwhile waits for it, too.

local running = coroutine.running
local loaded = package.loaded
local stock_require = require

local main_thread, is_main = running()
assert(is_main, "skynet.require must initialize in main thread")

local pending = { [main_thread] = {} }	-- coroutine -> functions registered by the module that it loads
local loading = {}	-- module name -> { loader = coroutine, ...coroutines that wait for it }

local M = {}

function M.init(func)
	assert(type(func) == "function")
	table.insert(pending[running()], func)
end

local function run_all(list)
	for _, func in ipairs(list) do
		func()
	end
end

function M.init_all()
	run_all(pending[main_thread])
	pending[main_thread] = nil
end

-- No tail call: errors of the stock require begin with the position of their caller, which is here.
local function plain_require(name)
	local module, extra = stock_require(name)
	return module, extra
end

local function wait_for(name, waiters, co)
	waiters[#waiters + 1] = co
	require("skynet").wait(co)
	local module = loaded[name]
	if module == nil then
		error(string.format("require %s failed", name))
	end
	return module
end

-- Runs a module body in Lua, not below a C function, so that it can yield.
local function run_body(name, filename, body, inits)
	local module = body(name, filename)
	run_all(inits)
	if module == nil then
		module = true
	end
	loaded[name] = module
end

function M.require(name)
	local module = loaded[name]
	if module ~= nil then
		return module
	end
	local co, main = running()
	if main then
		return plain_require(name)
	end
	local filename = package.searchpath(name, package.path)
	local body = filename and loadfile(filename)
	if not body then	-- native, preloaded, missing or broken: the stock one knows what to do or say
		return plain_require(name)
	end
	local waiters = loading[name]
	if waiters then
		assert(waiters.loader ~= co, "circular dependency")
		return wait_for(name, waiters, co)
	end

	waiters = { loader = co }
	loading[name] = waiters
	local outer, inits = pending[co], {}
	pending[co] = inits
	local ok, err = xpcall(run_body, debug.traceback, name, filename, body, inits)
	pending[co] = outer
	for _, waiter in ipairs(waiters) do
		require("skynet").wakeup(waiter)
	end
	loading[name] = nil
	if not ok then
		error(err)
	end
	return loaded[name]
end

return M
