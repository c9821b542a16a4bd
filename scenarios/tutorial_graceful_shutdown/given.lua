-- What the service has that shuts down: a way to save, a connection, a timer, and work that takes time.

local services = {}

local function persist_state()
	_state.saved = true
end

function M.connect()
	_state.connections.first = { client = skynet.query "CLIENT" }
	_state.timers.tick = skynet.timeout(60000, function()
		skynet.error "a timer ran after the shutdown"
	end)
	return true
end

function M.work_for_a_second()
	skynet.sleep(100)
	return "done"
end
