-- Auctions. A bid in the last second makes an auction last a second longer. The seller asks for the
-- result when he opens it, and is answered when it is over.

local skynet = require "skynet"
require "skynet.manager"

local EXTRA = 100	-- hundredths of a second

local auctions = {}

local function settle(id)
	local auction = auctions[id]
	auctions[id] = nil
	skynet.call(".mail", "lua", "deliver", auction.winner, id, auction.bid)
	auction.respond(true, auction.winner, auction.bid)
end

local function watch(id, ticks)
	skynet.timeout(ticks, function()
		local auction = auctions[id]
		if auction and skynet.now() >= auction.ends then
			settle(id)
		end
	end)
end

local CMD = {}

function CMD.open(id, ticks)
	auctions[id] = { ends = skynet.now() + ticks, bid = 0, winner = "nobody", respond = skynet.response() }
	watch(id, ticks)
end

function CMD.bid(id, who, amount)
	local auction = auctions[id]
	if not auction or amount <= auction.bid then
		skynet.retpack(false)
		return
	end
	auction.bid, auction.winner = amount, who
	if auction.ends - skynet.now() < EXTRA then
		auction.ends = skynet.now() + EXTRA
		watch(id, EXTRA)
	end
	skynet.retpack(true)
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		CMD[command](...)
	end)
	skynet.register ".auction"
end)
