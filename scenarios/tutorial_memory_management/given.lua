-- Connections, and a table that is large.

function M.connect(id)
	_state.connections[id] = { last_active = skynet.time(), opened_at = skynet.now() / 100 }
	return true
end

function M.fill(count)
	local large = {}
	for i = 1, count do
		large[i] = i
	end
	_state.data.large = large
	return true
end
