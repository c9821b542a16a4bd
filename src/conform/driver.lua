-- The scenario's part on real Skynet: starts the plan's services, plays its timeline on real time, and
-- writes down what came of each event. What `plan` is stands above; it is all that differs.

local skynet = require "skynet.manager"

local newest = {}	-- name in the plan -> address
local made = 0

local transcript = assert(io.open(plan.transcript, "wb"))

-- Lines of words; texts as digits, since they may be any bytes.
local function note(...)
	transcript:write(table.concat({ ... }, " "), "\n")
	transcript:flush()
end

local function digits(text)
	return "-" .. string.gsub(tostring(text), ".", function(char)
		return string.format("%02x", string.byte(char))
	end)
end

local function find(name)
	if string.sub(name, 1, 1) == "." then
		return skynet.localname(name)
	end
	local address = newest[name]
	-- Who has left by itself is known to the launcher.
	if address and skynet.call(".launcher", "lua", "LIST")[skynet.address(address)] then
		return address
	end
end

local function launch(name)
	local service = plan.services[name]
	local ok, address = pcall(skynet.newservice, service.file, table.unpack(service.args))
	if ok then
		newest[name] = address or nil	-- nothing: it left while it started
	else
		note("launch", digits(name), digits(address))
	end
	return ok
end

local function kill(name, address)
	skynet.kill(address)
	newest[name] = nil
end

local function restart(name)
	local address = find(name)
	if address then
		kill(name, address)
	end
	launch(name)
end

local function restart_after(event)
	if event.after then
		skynet.timeout(event.after, function()
			restart(event.to)
		end)
	end
end

-- Each gets the event and a function that notes what came of it.
local actions = {}

local function ask(result, address, kind, ...)
	if not address then
		return result(false, "no live service")
	end
	result(pcall(skynet.call, address, kind, ...))
end

function actions.call(event, result)
	local address = string.sub(event.to, 1, 1) == "." and find(event.to) or newest[event.to]
	ask(result, address, event.kind, event.args())
end

function actions.inject(event, result)
	ask(result, find(event.to), "debug", "RUN", event.source, event.file, event.args())
end

function actions.send(event, result)
	local address = string.sub(event.to, 1, 1) == "." and find(event.to) or newest[event.to]
	if not (address and skynet.send(address, event.kind, event.args())) then
		result(false, "no live service")
	end
end

function actions.kill(event, result)
	local address = find(event.to)
	if not address then
		return result(false, "no live service")
	end
	restart_after(event)
	kill(event.to, address)
end

function actions.exit(event, result)
	local address = find(event.to)
	if not address then
		return result(false, "no live service")
	end
	restart_after(event)
	skynet.send(address, "debug", "EXIT")
end

function actions.restart(event)
	restart(event.to)
end

function actions.write(event)
	local file = assert(io.open(event.path, "wb"))
	file:write(event.text)
	file:close()
end

function actions.log(event)
	skynet.error(event.text)
end

local function happen(event)
	event.before = event.before + 1
	local nth = event.before
	local function result(ok, ...)
		if ok then
			note("values", event.number, nth, digits(skynet.packstring(...)))
		else
			note("error", event.number, nth, digits((...)))
		end
	end
	-- In the order of the timeline, and none waits for another.
	skynet.fork(function()
		local ok, problem = pcall(actions[event.action], event, result)
		if not ok then
			note("error", event.number, nth, digits(problem))
		end
	end)
end

-- The next time of an event, or nil.
local function again(event)
	if not event.period or event.before == event.times then
		return nil
	end
	event.at = event.at + event.period
	return (event.at <= event.last) and event or nil
end

local function play()
	local zero = skynet.now()
	local due = {}
	local function appoint(event)
		made = made + 1
		event.made = made
		due[#due + 1] = event
	end
	for _, event in ipairs(plan.events) do
		event.before = 0
		appoint(event)
	end
	while #due > 0 do
		-- Few wait at a time: looking at all of them is quick enough.
		local first = 1
		for index, event in ipairs(due) do
			local best = due[first]
			if event.at < best.at or (event.at == best.at and event.made < best.made) then
				first = index
			end
		end
		local event = table.remove(due, first)
		if event.at > plan.until_ms then
			break
		end
		local wait = zero + event.at // 10 - skynet.now()
		if wait > 0 then
			skynet.sleep(wait)
		end
		happen(event)
		if again(event) then
			appoint(event)
		end
	end
	local rest = zero + plan.until_ms // 10 - skynet.now()
	skynet.sleep(rest > 0 and rest or 0)
end

for name, id in pairs(plan.kinds) do
	local text = plan.texts[name]
	skynet.register_protocol {
		name = name,
		id = id,
		pack = text and function(...) return table.concat { ... } end or skynet.pack,
		unpack = text and skynet.tostring or skynet.unpack,
	}
end

skynet.start(function()
	-- The bootstrap service waits for this function.
	skynet.fork(function()
		local ok = true
		if plan.start then
			pcall(skynet.newservice, plan.start)
		end
		for _, name in ipairs(plan.order) do
			ok = ok and launch(name)
		end
		if ok then
			play()
		end
		note("end")
		skynet.error(plan.last_words)
		skynet.sleep(1)	-- the logger writes it
		skynet.abort()
	end)
end)
