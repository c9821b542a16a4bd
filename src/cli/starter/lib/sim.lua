-- For real Skynet, where nothing is simulated. Under skysim, `require "sim"` gives skysim's own.

local function nothing() end

return {
	always = function(cond) return cond end,
	sometimes = nothing,
	reachable = nothing,
	unreachable = nothing,
	buggify = function() return false end,
	event = nothing,
}
