-- A database as a service: one connection to one file, and requests one after the other.
--
-- sqlite_server FILE [LATENCY [NAME]]: each statement takes LATENCY ticks (default 0), as it would on its way to
-- another machine. Whoever is killed between two of them has an open transaction. NAME is one to register (".database").
--
-- All requests answer with a result, or with nil, a message and SQLite's code:
--   query(sql, ..)          the rows, each a table by column
--   execute(sql, ..)        { changes, last_insert_rowid }
--   transaction(list)       all of { sql, .. } or none: a list of such results; in case of an error its place, too
--   script(sql)             true: statements without parameters
--
-- Runs on real Skynet with lsqlite3 in lua_cpath.

local skynet = require "skynet"
require "skynet.manager"	-- skynet.register
local queue = require "skynet.queue"
local sqlite3 = require "lsqlite3"

local path, latency, name = ...
path, latency = path or "data.db", tonumber(latency) or 0

local db
local alone = queue()

-- A disk that fails now may work later.
local function open()
	if db then
		return true
	end
	local opened, code, message = sqlite3.open(path)
	if not opened then
		return nil, message, code
	end
	db = opened
	return true
end

local function failure(code)
	return nil, db:errmsg(), code
end

-- Runs one statement to its end: its rows.
local function run(sql, args)
	if latency > 0 then
		skynet.sleep(latency)
	end
	local statement, code = db:prepare(sql)
	if not statement then
		return failure(code)
	elseif not statement:isopen() then
		return {}	-- white space
	end
	local wanted = statement:bind_parameter_count()
	if args.n ~= wanted then
		statement:finalize()
		return nil, ("%d parameters for a statement with %d"):format(args.n, wanted), sqlite3.RANGE
	end
	local rows = {}
	statement:bind_values(table.unpack(args, 1, args.n))
	code = statement:step()
	while code == sqlite3.ROW do
		rows[#rows + 1] = statement:get_named_values()
		code = statement:step()
	end
	if code ~= sqlite3.DONE then
		local message = db:errmsg()
		statement:finalize()
		return nil, message, code
	end
	statement:finalize()
	return rows
end

local function summary()
	return { changes = db:changes(), last_insert_rowid = db:last_insert_rowid() }
end

local function execute(sql, args)
	local rows, message, code = run(sql, args)
	if not rows then
		return nil, message, code
	end
	return summary()
end

local NO_ARGUMENTS = { n = 0 }

-- Ends a transaction that did not work. SQLite has ended some already.
local function give_up(...)
	db:exec "ROLLBACK"
	return ...
end

local handlers = {}

function handlers.query(sql, ...)
	return run(sql, table.pack(...))
end

function handlers.execute(sql, ...)
	return execute(sql, table.pack(...))
end

function handlers.transaction(list)
	local begun, message, code = execute("BEGIN IMMEDIATE", NO_ARGUMENTS)
	if not begun then
		return nil, message, code, 0
	end
	local results = {}
	for n, statement in ipairs(list) do
		local args = table.pack(table.unpack(statement, 2, statement.n or #statement))
		results[n], message, code = execute(statement[1], args)
		if not results[n] then
			return give_up(nil, message, code, n)
		end
	end
	local committed
	committed, message, code = execute("COMMIT", NO_ARGUMENTS)
	if not committed then
		return give_up(nil, message, code, #list + 1)
	end
	return results
end

function handlers.script(sql)
	local code = db:exec(sql)
	if code ~= sqlite3.OK then
		return failure(code)
	end
	return true
end

local function handle(handler, ...)
	local opened, message, code = open()
	if not opened then
		return nil, message, code
	end
	return handler(...)
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		local handler = handlers[command]
		if not handler then
			error("unknown command: " .. tostring(command))
		end
		skynet.retpack(alone(handle, handler, ...))
	end)
	if name then
		skynet.register(name)
	end
end)
