-- What a service does with `update_state`, and what it may expect.

function M.change_what_was_given()
	local limits = { most = 1 }
	update_state { config = { limits = limits } }
	limits.most = 2	-- a table of this function, after all
	return _state.config.limits.most
end

function M.change_half_of_it()
	update_state { config = { window = { from = 1, to = 9 } } }
	update_state { config = { window = { to = 5 } } }
	return _state.config.window.from
end

function M.write_after_a_wait()
	local data = _state.data
	skynet.sleep(10)
	data.written = true
	return _state.data.written
end
