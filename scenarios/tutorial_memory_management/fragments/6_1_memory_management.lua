-- Frees what nobody needs, for a while.

local function optimize_memory()
	for id, connection in pairs(_state.connections) do
		if connection.last_active + TIMEOUT < skynet.time() then
			_state.connections[id] = nil
		end
	end
	for name, value in pairs(_state.data) do
		if #value > 1000 then
			_state.data[name] = compress_table(value)	-- which nobody has written
		end
	end
end

skynet.timeout(30000, function()
	optimize_memory()
	skynet.timeout(30000, optimize_memory)	-- which does not ask for the next time
end)
