-- skynet.coroutine: coroutines that may call skynet functions. When one blocks in skynet, the yield
-- passes through everyone who resumed it, up to the service's own coroutine, and comes back the same
-- way; only skynet.coroutine.yield stops at the resumer. It marks itself by a first value "USER".

local coroutine = coroutine
local resume, yield, status, running = coroutine.resume, coroutine.yield, coroutine.status, coroutine.running

local M = {
	isyieldable = coroutine.isyieldable,
	running = running,
}

local weak = { __mode = "kv" }
local blocked = setmetatable({}, weak)	-- coroutine made here -> is it blocked in skynet? nil once it has ended
local root = setmetatable({}, weak)	-- coroutine made here -> the service's coroutine below it

function M.create(f)
	local co = coroutine.create(f)
	blocked[co] = false
	return co
end

local function unblock(co, ...)
	blocked[co] = false
	return ...
end

-- The values are what resume(co) returned.
local function after_resume(co, ok, ...)
	if not ok then
		return false, ...
	elseif status(co) == "dead" then
		blocked[co] = nil
		return true, ...
	elseif (...) == "USER" then
		return true, select(2, ...)
	end
	blocked[co] = true
	return after_resume(co, unblock(co, resume(co, yield(...))))
end

function M.resume(co, ...)
	local is_blocked = blocked[co]
	if is_blocked then
		return false, "cannot resume a skynet coroutine suspend by skynet framework"
	elseif is_blocked == nil then
		if status(co) == "dead" then
			return resume(co, ...)	-- the stock text
		end
		return false, "cannot resume none skynet coroutine"
	end
	local from = running()
	root[co] = root[from] or from
	return after_resume(co, resume(co, ...))
end

function M.thread(co)
	co = co or running()
	if blocked[co] == nil then
		return co, true
	end
	return root[co], false
end

function M.status(co)
	local state = status(co)
	if state == "suspended" and blocked[co] then
		return "blocked"
	end
	return state
end

function M.yield(...)
	return yield("USER", ...)
end

local function values_or_error(ok, ...)
	if not ok then
		error(...)
	end
	return ...
end

function M.wrap(f)
	local co = M.create(function(...)
		return f(...)
	end)
	return function(...)
		return values_or_error(M.resume(co, ...))
	end
end

function M.close(co)
	blocked[co] = nil
	return coroutine.close(co)
end

return M
