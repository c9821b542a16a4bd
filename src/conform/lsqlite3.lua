-- What a real node without lsqlite3 gets by that name: as much of it as sqlite_server uses. The SQLite behind it is
-- skysim's, in a process of its own. `program` and `folder` stand above.

local skynet = require "skynet"

local function lacking(_, name)
	error(("there is no lsqlite3 here, and what stands in for it has no `%s`"):format(name), 2)
end

local function class()
	local methods = setmetatable({}, { __index = lacking })
	methods.__index = methods
	return methods
end

local sqlite3 = setmetatable({
	OK = 0, ERROR = 1, INTERNAL = 2, PERM = 3, ABORT = 4, BUSY = 5, LOCKED = 6, NOMEM = 7, READONLY = 8, INTERRUPT = 9,
	IOERR = 10, CORRUPT = 11, NOTFOUND = 12, FULL = 13, CANTOPEN = 14, PROTOCOL = 15, EMPTY = 16, SCHEMA = 17, TOOBIG = 18,
	CONSTRAINT = 19, MISMATCH = 20, MISUSE = 21, NOLFS = 22, FORMAT = 24, RANGE = 25, NOTADB = 26, ROW = 100, DONE = 101,
}, { __index = lacking })

local database, statement = class(), class()
local opened = 0

local function quoted(text)
	return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function ask(db, ...)
	local request = skynet.packstring(...)
	db.requests:write(#request, "\n", request)
	db.requests:flush()
	local size = assert(db.answers:read "l", "the process of the database is gone")
	return skynet.unpack(db.answers:read(tonumber(size)))
end

-- Notes how it went, and gives the code.
local function noted(db, code, message, changes, rowid)
	db.code, db.message = code, message or "not an error"
	db.changed, db.rowid = changes or db.changed, rowid or db.rowid
	return code
end

function sqlite3.open(path)
	opened = opened + 1
	local pipe = ("%s/answers%s-%d"):format(folder, skynet.address(skynet.self()):gsub(":", "-"), opened)
	os.remove(pipe)
	assert(os.execute("mkfifo " .. quoted(pipe)))
	-- A pipe that nobody opens would be waited for for ever.
	local requests = assert(io.popen(("%s stand-in %s || : > %s"):format(quoted(program), quoted(pipe), quoted(pipe)), "w"))
	local answers = assert(io.open(pipe, "rb"))
	os.remove(pipe)
	local db = setmetatable({
		requests = requests, answers = answers, code = 0, message = "not an error", changed = 0, rowid = 0,
	}, database)
	local code, message = ask(db, "open", path)
	if code ~= sqlite3.OK then
		db:close()
		return nil, code, message
	end
	return db
end

function database:close()
	self.requests:close()	-- waits for the end of the process
	self.answers:close()
	return sqlite3.OK
end

function database:exec(script)
	return noted(self, ask(self, "execute", script))
end

function database:prepare(sql)
	local code, message, parameters = ask(self, "prepare", sql)
	if noted(self, code, message) ~= sqlite3.OK then
		return nil, code
	end
	return setmetatable({
		db = self, sql = sql, parameters = parameters, args = { n = 0 }, rows = false, at = 0,
	}, statement), sqlite3.OK
end

function database:errmsg()
	return self.message
end

function database:errcode()
	return self.code
end

function database:changes()
	return self.changed
end

function database:last_insert_rowid()
	return self.rowid
end

function statement:isopen()
	return self.sql:find "%S" ~= nil
end

function statement:bind_parameter_count()
	return self.parameters
end

function statement:bind_values(...)
	self.args = table.pack(...)
	return sqlite3.OK
end

-- With the first step all steps are done.
function statement:step()
	if not self.rows then
		local code, message, changes, rowid, rows = ask(self.db, "run", self.sql, table.unpack(self.args, 1, self.args.n))
		if noted(self.db, code, message, changes, rowid) ~= sqlite3.DONE then
			return code
		end
		self.rows = rows
	end
	self.at = self.at + 1
	return self.rows[self.at] and sqlite3.ROW or sqlite3.DONE
end

function statement:get_named_values()
	return self.rows[self.at]
end

function statement:finalize()
	return sqlite3.OK
end

return sqlite3
