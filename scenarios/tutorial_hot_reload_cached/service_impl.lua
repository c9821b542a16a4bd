-- Given: an implementation that answers, and is the table that it should be.

local skynet = require "skynet"

local state = {}

return {
	transfer_state = true,
	handle_message = function()
		skynet.retpack "hello"
	end,
	get_state = function()
		return state
	end,
	set_state = function(old)
		state = old
	end,
}
