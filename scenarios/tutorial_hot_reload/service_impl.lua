-- What the service does. A function, so that each load has a state of its own.

return function()
	local state = {}
	return {
		handle_message = function() end,
		get_state = function() return state end,
		set_state = function(old) state = old end,
	}
end
