-- What was accepted before the shutdown is answered.

return function(world)
	for _, entry in ipairs(world.history) do
		if entry.kind == "call" and entry.to == "app" and entry.args[1] ~= "shutdown" then
			assert(not entry.error, ("`%s` was accepted, and lost: %s"):format(entry.args[1], tostring(entry.error)))
		end
	end
	return true
end
