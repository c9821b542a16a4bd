-- The unique service behind skynet.service: one service_cell per name, made by whoever asks first;
-- others wait for it. A failure is kept and given to everyone who asks later.

local skynet = require "skynet"

-- name -> { waiting = responses (nil once the outcome is known), booting = true, address, error, init, time }
local entries = setmetatable({}, {
	__index = function(entries, name)
		local entry = { waiting = {} }
		entries[name] = entry
		return entry
	end,
})

local command = {}

function command.test(name)
	local entry = entries[name]
	if entry.booting then
		skynet.retpack(nil, true)
	elseif entry.address then
		skynet.retpack(entry.address)
	elseif entry.error then
		error(entry.error)
	else
		skynet.ret()
	end
end

function command.query(name)
	local entry = entries[name]
	if entry.waiting then
		table.insert(entry.waiting, skynet.response())
	elseif entry.address then
		skynet.retpack(entry.address)
	else
		error(entry.error)
	end
end

local function boot(entry, address, code, ...)
	skynet.call(address, "lua", "init", code, ...)
	local args = table.pack(...)
	if args.n > 0 then
		for index = 1, args.n do
			args[index] = tostring(args[index])
		end
		entry.init = table.concat(args, ",")
	end
	entry.time = skynet.time()
end

-- Returns true and the address; or false, the error, and the address if there is a service already.
local function make(entry, name, code, ...)
	local made, address = pcall(skynet.newservice, "service_cell", name)
	if not made then
		return false, address
	end
	local booted, err = xpcall(boot, debug.traceback, entry, address, code, ...)
	if not booted then
		return false, err, address
	end
	return true, address
end

local function answer_waiting(entry, ...)
	for _, respond in ipairs(entry.waiting) do
		respond(...)
	end
	entry.waiting = nil
end

function command.launch(name, code, ...)
	local entry = entries[name]
	if entry.address then
		skynet.retpack(entry.address)
		return
	elseif entry.booting then
		table.insert(entry.waiting, skynet.response())
		return
	end

	entry.booting = true
	local ok, result, unfinished = make(entry, name, code, ...)
	entry.booting = nil
	if ok then
		entry.address = result
		answer_waiting(entry, true, result)
		skynet.retpack(result)
	else
		if unfinished then
			skynet.send(unfinished, "debug", "EXIT")
		end
		entry.error = result
		answer_waiting(entry, false)
		error(result)
	end
end

-- Forgets the name; the caller kills the service.
function command.close(name)
	local entry = entries[name]
	if entry.booting then
		skynet.retpack(nil)
		return
	end
	entries[name] = nil
	skynet.retpack(entry.address)
end

local function status_of(entry)
	if entry.booting then
		return "booting"
	elseif entry.waiting then
		return "waiting(" .. #entry.waiting .. ")"
	end
end

local function info()
	local result = {}
	for name, entry in pairs(entries) do
		result[skynet.address(entry.address)] = {
			name = name,
			init = entry.init,
			time = os.date("%Y %b %d %T %z", math.floor(entry.time)),
			status = status_of(entry),
		}
	end
	return result
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, name, ...)
		command[name](...)
	end)
	skynet.info_func(info)
end)
