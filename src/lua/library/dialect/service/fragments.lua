-- Runs fragments of a service: files that are no service alone, since they lean on a service that is
-- told elsewhere. Its arguments are the files, in their order. Each sees the local functions and tables of
-- those before it, as if it stood below them in one file, and what such a service has:
--
--   skynet        the module
--   _state        its state: config, connections, data, timers
--   M             its functions
--   TIMEOUT       seconds after which a connection is idle
--
-- A message names a local function of a fragment, or a function of M; the answer is what it returns.

local skynet = require "skynet"

_G.skynet = skynet
_state = { config = {}, connections = {}, data = {}, timers = {} }
M = {}
TIMEOUT = 30

fragments = {}	-- name -> local function or table; a global, so that the state shows it

-- The names of the local variables that a chunk ends with. No parser: what stands at the beginning of
-- a line is taken, what is indented is not.
local function local_names(text)
	local names, seen = {}, {}
	local function add(name)
		if not seen[name] then
			seen[name] = true
			names[#names + 1] = name
		end
	end
	for line in string.gmatch(text, "[^\n]+") do
		local func = string.match(line, "^local%s+function%s+([%a_][%w_]*)")
		if func then
			add(func)
		else
			local list = string.match(line, "^local%s+([%a_][%w_,%s]*)")
			for name in string.gmatch(list or "", "[%a_][%w_]*") do
				add(name)
			end
		end
	end
	return names
end

-- What a fragment sees: locals of fragments before it, then globals. What it sets is a global.
local function surroundings()
	local before = {}
	for name, value in pairs(fragments) do
		before[name] = value
	end
	setmetatable(before, { __index = _G })
	return setmetatable({}, { __index = before, __newindex = _G })
end

-- The text as it is, and behind it what its locals are: what is no function or table would be a copy.
local function run(file)
	local handle = assert(io.open(file))
	local text = handle:read "a"
	handle:close()
	local fields = {}
	for index, name in ipairs(local_names(text)) do
		fields[index] = name .. " = " .. name
	end
	local chunk = assert(load(text .. "\nreturn { " .. table.concat(fields, ", ") .. " }", "@" .. file, "t", surroundings()))
	for name, value in pairs(chunk()) do
		if type(value) == "function" or type(value) == "table" then
			fragments[name] = value
		end
	end
end

skynet.dispatch("lua", function(_, _, name, ...)
	local func = fragments[name] or M[name]
	if type(func) ~= "function" then
		error("no fragment has a function " .. tostring(name))
	end
	skynet.retpack(func(...))
end)

-- One that fails is told, and keeps the others from nothing.
local failed = {}
for _, file in ipairs { ... } do
	local ok, err = xpcall(run, debug.traceback, file)
	if not ok then
		failed[#failed + 1] = err
	end
end

skynet.start(function()
	for _, err in ipairs(failed) do
		skynet.fork(error, err, 0)
	end
end)
