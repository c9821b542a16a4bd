-- Takes orders. Gates send an order again when they are not sure that it came; so whatever is not newer
-- than the last order of the same gate has been seen already.

local skynet = require "skynet"
require "skynet.manager"

local last = {}	-- by gate: the session of its last order
local orders = {}

local CMD = {}

function CMD.place(item, count)
	table.insert(orders, { item = item, count = count })
	return #orders
end

-- Sessions begin again after 0x7fffffff: what is less than half of them ahead is newer.
local function newer(session, than)
	local ahead = (session - than) & 0x7fffffff
	return ahead ~= 0 and ahead < 0x40000000
end

local function seen(source, session)
	if last[source] and not newer(session, last[source]) then
		return true
	end
	last[source] = session
	return false
end

skynet.start(function()
	skynet.dispatch("lua", function(session, source, command, ...)
		if seen(source, session) then
			skynet.error("dropped an old order of", skynet.address(source))
			return
		end
		skynet.retpack(CMD[command](...))
	end)
	skynet.register ".orders"
end)
