-- What a service keeps.

function M.put(name, value)
	_state.data[name] = value
	return value
end

function M.get(name)
	return _state.data[name]
end
