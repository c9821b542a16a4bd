-- What a service may tell the simulator. The same calls work on real Skynet with a `sim.lua` that
-- does nothing (`skysim new` writes one).

local native = require "skysim.sim"

local sim = {}

-- Must hold whenever it is called.
function sim.always(cond, name)
	native.claim("always", name, cond and true or false)
	return cond
end

-- Must hold at least once in a whole exploration.
function sim.sometimes(cond, name)
	native.claim("sometimes", name, cond and true or false)
	return cond
end

-- Must be reached at least once in a whole exploration.
function sim.reachable(name)
	native.claim("sometimes", name, true)
end

-- Must never be reached.
function sim.unreachable(name)
	native.claim("always", name, false)
end

-- True with probability p (default 0.25), drawn from the run's seed: a place to misbehave on purpose.
function sim.buggify(name, p)
	return native.buggify(name, p or 0.25)
end

-- A line in the trace.
function sim.event(name, data)
	native.event(name, data)
end

return sim
