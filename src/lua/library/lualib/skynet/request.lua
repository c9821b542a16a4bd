-- skynet.request: several requests at once, their answers as they come, perhaps with a time limit.
-- Usage: for req, resp in skynet.request { addr, "lua", ... } { ... }:select(ticks) do ... end

local dispatch = require "skysim.dispatch"

local skynet

local requests = {}
requests.__index = requests

function requests:add(obj)
	assert(type(obj) == "table" and not self._thread)
	self[#self + 1] = obj
	return self
end

requests.__call = requests.add

-- Runs in a coroutine of its own: gathers answers and wakes whoever iterates.
local function gather(self)
	while true do
		local ok, msg, sz, session = coroutine.yield "SUSPEND"
		if session == self._timeout then
			self._timeout = nil
			self.timeout = true
		else
			local req = self._sessions[session]
			local p = dispatch.proto[req[2]]
			self._answers[session] = ok and table.pack(p.unpack(msg, sz))
		end
		skynet.wakeup(self)
	end
end

-- Returns the requests that no service could be found for.
local function send_all(self)
	local unsent
	for i = 1, #self do
		local req = self[i]
		local p = dispatch.proto[req[2]]
		assert(p.unpack)
		local session = dispatch.request(req[1], req[2], p.pack(table.unpack(req, 3, req.n)))
		if session then
			self._sessions[session] = req
			dispatch.expect(session, self._thread, req[1])
			self._open = self._open + 1
		else
			unsent = unsent or {}
			unsent[#unsent + 1] = req
		end
	end
	return unsent
end

local function next_answer(self)
	if self._unsent then
		local req = table.remove(self._unsent)
		if req then
			return req
		end
		self._unsent = nil
	end
	local session, answer = next(self._answers)
	if session == nil then
		if self._open == 0 or self.timeout then
			return
		end
		skynet.wait(self)
		if self.timeout then
			return
		end
		session, answer = next(self._answers)
	end
	self._open = self._open - 1
	local req = self._sessions[session]
	self._answers[session] = nil
	self._sessions[session] = nil
	return req, answer
end

function requests:select(timeout)
	assert(self._thread == nil)
	self._thread = coroutine.create(gather)
	dispatch.adopt(self._thread)
	self._sessions, self._answers, self._open = {}, {}, 0
	self._unsent = send_all(self)
	if timeout then
		self._timeout = dispatch.timer(timeout)
		dispatch.expect(self._timeout, self._thread)
	end
	coroutine.resume(self._thread, self)
	return next_answer, self, nil, self
end

-- The loop has ended, by itself or by `break`: what still comes is not wanted.
function requests:close()
	if self._open > 0 then
		for session in pairs(self._sessions) do
			if self._answers[session] == nil then
				dispatch.abandon(session)
			end
		end
		self._open = 0
	end
	if self._timeout then
		dispatch.abandon(self._timeout)
		self._timeout = nil
	end
	dispatch.release(self._thread)
end

requests.__close = requests.close

return function(module, obj)
	skynet = module
	local self = setmetatable({}, requests)
	return obj and self(obj) or self
end
