-- What a service does: nothing, so that whoever asks waits for ever.

return function()
	local asked = 0
	return {
		handle_message = function()
			asked = asked + 1
		end,
	}
end
