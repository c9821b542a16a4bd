-- One outage, one recovery: who has recovered begins to count anew.

return function(world)
	local recoveries = world.services.app.state.recoveries
	return recoveries <= 1, ("%d recoveries from one outage"):format(recoveries)
end
