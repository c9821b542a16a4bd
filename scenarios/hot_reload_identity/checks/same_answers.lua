-- What `entries` answers does not change by a reload: only the generation, which stands
-- before it, does.

local function equal(a, b)
	if type(a) ~= "table" or type(b) ~= "table" then
		return a == b
	end
	for key, value in pairs(a) do
		if not equal(value, b[key]) then
			return false
		end
	end
	for key in pairs(b) do
		if a[key] == nil then
			return false
		end
	end
	return true
end

return function(world)
	local first, compared = nil, 0
	for _, entry in ipairs(world.history) do
		if entry.kind == "call" and entry.args[1] == "entries" then
			local answer = entry.result[3]
			first = first or answer
			assert(#first > 100, "there is nothing to compare")
			assert(equal(first, answer), string.format("at %.2f s the answer is another one", entry.time))
			compared = compared + 1
		end
	end
	assert(compared == 5, compared .. " answers")
	return true
end
