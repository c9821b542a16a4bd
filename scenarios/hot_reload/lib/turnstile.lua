-- Who works with something that may be replaced goes in and comes out; who replaces it
-- closes the turnstile, waits until the last one is out, and opens it again. Whoever
-- comes meanwhile waits, and goes in in the order of coming.
--
-- Without this, a handler that waits for an answer while the code is replaced goes on
-- afterwards: old code, with the old state, which nobody reads any more.

local skynet = require "skynet"

local turnstile = {}
turnstile.__index = turnstile

function turnstile.new()
	return setmetatable({ inside = 0, closed = false, waiting = {}, closer = nil }, turnstile)
end

function turnstile:enter()
	while self.closed do
		table.insert(self.waiting, (coroutine.running()))
		skynet.wait()
	end
	self.inside = self.inside + 1
end

function turnstile:leave()
	self.inside = self.inside - 1
	if self.inside == 0 and self.closer then
		skynet.wakeup(self.closer)
	end
end

-- Answers true when everybody is out; or false and a reason, and then it is as before.
function turnstile:close(ticks)
	if self.closed then
		return false, "being replaced already"
	end
	self.closed = true
	local deadline = skynet.now() + ticks
	while self.inside > 0 do
		local left = deadline - skynet.now()
		if left <= 0 then
			self:open()
			return false, "busy"
		end
		self.closer = coroutine.running()
		skynet.sleep(left)	-- ended early by leave
		self.closer = nil
	end
	return true
end

function turnstile:open()
	self.closed = false
	local waiting = self.waiting
	self.waiting = {}
	for _, thread in ipairs(waiting) do
		skynet.wakeup(thread)
	end
end

return turnstile
