-- Leaves at once, in whatever it is.

skynet.dispatch("system", function(_, _, command)
	if command ~= "shutdown" then
		return
	end
	for _, timer in pairs(_state.timers) do
		skynet.kill(timer)
	end
	persist_state()
	for _, connection in pairs(_state.connections) do
		skynet.send(connection.client, "lua", "shutdown")
	end
	skynet.exit()
end)
