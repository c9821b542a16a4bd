-- What the service needs its database for.

function M.ask()
	return skynet.call(services.database, "lua", "ping")
end
