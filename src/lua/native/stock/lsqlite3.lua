-- What of lsqlite3 is here, line by line: recorded with the Lua module of that name.
local sqlite3 = require "lsqlite3"

local function show(what, ...)
	local values = table.pack(...)
	for i = 1, values.n do
		local value = values[i]
		if type(value) == "table" then
			local keys = {}
			for key in pairs(value) do
				keys[#keys + 1] = key
			end
			table.sort(keys, function(a, b)
				return tostring(a) < tostring(b)
			end)
			for n, key in ipairs(keys) do
				keys[n] = tostring(key) .. "=" .. tostring(value[key])
			end
			values[i] = "{" .. table.concat(keys, " ") .. "}"
		elseif type(value) == "userdata" then
			values[i] = tostring(value):gsub("%(0x%x+%)", "(open)")
		else
			values[i] = math.type(value) == "float" and ("%.17g"):format(value) or tostring(value)
		end
	end
	local text = what .. ": " .. table.concat(values, " | ", 1, values.n)
	print((text:gsub("[^ -~]", function(byte)
		return ("\\%d"):format(byte:byte())
	end)))
end

local function try(what, f, ...)
	local results = table.pack(pcall(f, ...))
	if not results[1] then
		results[2] = tostring(results[2]):gsub("^[^ ]*:%d+: ", "")
	end
	show(what, table.unpack(results, 1, results.n))
end

-- The module.
show("complete", sqlite3.complete "select 1;", sqlite3.complete "select 1", sqlite3.complete "select ';")
local names = {}
for name, value in pairs(sqlite3) do
	if math.type(value) == "integer" then
		names[#names + 1] = name .. "=" .. value
	end
end
table.sort(names)
print(table.concat(names, " "))
try("change", function()
	sqlite3.more = 1
end)
try("open nothing", sqlite3.open)
try("open a folder that is not there", sqlite3.open, "no/such/folder.db")
try("read what is not there", sqlite3.open, "absent.db", sqlite3.OPEN_READONLY)

-- Databases.
local db = sqlite3.open_memory()
show("database", db, db:isopen(), type(db))
show("exec", db:exec "create table t(id integer primary key, name text, size real, data blob, other)")
show("exec of two", db:exec "insert into t(name) values('a'); insert into t(name) values('b')")
show("after", db:changes(), db:total_changes(), db:last_insert_rowid(), db:errcode(), db:errmsg())
show("wrong", db:exec "insert into nothing values(1)")
show("message", db:errcode(), db:errmsg(), db:error_code(), db:error_message())
show("comment", db:exec "-- nothing", db:exec "", db:exec "  ; ;")
show("not unique", db:exec "insert into t(id) values(1)", db:errmsg())
try("no sql", db.exec, db)
try("no database", db.exec, io.stdout, "select 1")
try("number as sql", db.exec, db, 1)
show("filename", db:db_filename "main", db:db_filename "other")
show("busy", db:busy_timeout(10))
show("interrupt", db:interrupt())

-- Statements and parameters.
local insert, rest = db:prepare "insert into t(name, size, data, other) values(?, ?, ?, ?); select 1"
show("prepared", insert, rest, insert:isopen(), insert:columns(), insert:bind_parameter_count())
show("bind", insert:bind(1, "text"), insert:bind(2, 1.5), insert:bind(3), insert:bind(4, true))
show("step", insert:step(), insert:reset(), db:last_insert_rowid(), insert:last_insert_rowid())
show("bind_values", insert:bind_values("x\0y", 2, nil, 3), insert:step(), insert:reset())
show("bind_blob", insert:bind_blob(3, "\0\255"), insert:step(), insert:reset())
try("too few", insert.bind_values, insert, 1)
try("too many", insert.bind_values, insert, 1, 2, 3, 4, 5)
try("no such parameter", insert.bind, insert, 5, 1)
try("parameter 0", insert.bind, insert, 0, 1)
try("a table", insert.bind, insert, 1, {})
try("a function", insert.bind_values, insert, 1, 2, print, 4)
try("name of a parameter", insert.bind_parameter_name, insert, 1)
try("name of no parameter", insert.bind_parameter_name, insert, 9)
show("finalize", insert:finalize(), insert:isopen(), insert)
try("finalized", insert.step, insert)
try("finalized again", insert.finalize, insert)

local named = db:prepare "insert into t(name, size, other) values(:name, $size, ?)"
show("names", named:bind_parameter_name(1), named:bind_parameter_name(2), named:bind_parameter_name(3))
show("bind_names", named:bind_names { name = "n", size = 0.5, [3] = 7 }, named:step(), named:reset())
show("bind_names of nothing", named:bind_names {}, named:step(), named:reset())
try("bind_names of a number", named.bind_names, named, 1)
try("bind_names of a coroutine", named.bind_names, named, { name = coroutine.create(print) })
named:finalize()

show("prepare of nothing", db:prepare "")
show("prepare of a comment", db:prepare "-- nothing")
show("prepare of nonsense", db:prepare "selekt", db:errmsg())
show("prepare of an unknown column", db:prepare "select nothing from t")
try("prepare without text", db.prepare, db)

-- Rows.
local select = db:prepare "select id, name, size, data, other, 1 + 1 as two from t order by id"
try("value before a step", select.get_value, select, 0)
try("values before a step", select.get_values, select)
try("name before a step", select.get_name, select, 0)
show("names", select:get_names(), select:get_unames())
show("types", select:get_types(), select:get_named_types(), select:get_utypes())
show("step", select:step(), select:columns())
show("row", select:get_value(0), select:get_value(1), select:get_value(2))
show("rows", select:get_values(), select:get_named_values(), select:get_uvalues())
show("name and type", select:get_name(1), select:get_type(1), select:get_type(5))
try("column 6", select.get_value, select, 6)
try("column -1", select.get_value, select, -1)
try("column x", select.get_value, select, "x")
show("step", select:step(), select:step())
show("row 3", select:idata(), select:data(), select:inames(), select:itypes(), select:type())
show("step", select:step(), select:get_value(1) == "x\0y", select:get_value(2), select:get_value(4))
show("step", select:step(), select:get_value(3) == "\0\255", #select:get_value(3))
show("step", select:step(), select:step(), select:step())
try("value behind the last", select.get_value, select, 0)
show("reset", select:reset(), select:step(), select:get_value(0))
select:reset()
for row in select:nrows() do
	show("nrow", row)
end
for row in select:rows() do
	show("row", row)
end
for id, name, size in select:urows() do
	show("urow", id, name == "x\0y" or name, size)
end
show("after the loops", select:isopen(), select:step())
select:finalize()
for row in db:nrows "select name, other from t where id < 4" do
	show("nrow", row)
end
for row in db:rows "select name, other from t where id < 4" do
	show("row", row)
end
for name, other in db:urows "select name, other from t where id < 4" do
	show("urow", name, other)
end
try("rows of nonsense", db.nrows, db, "selekt")
try("rows of nothing", function()
	for row in db:nrows "" do
		show("row", row)
	end
end)
try("rows that fail", function()
	for value in db:urows "select 1 union all select abs(-9223372036854775808)" do
		show("urow", value)
	end
end)

-- Values.
for value in db:urows [[
	select 9223372036854775807 union all select -9223372036854775808 union all select 1e300
	union all select 0.1 union all select '' union all select null union all select 3.0]] do
	show("value", value, math.type(value))
end
show("null blob", (select and db:prepare "select x''"):step())

-- Callbacks of exec.
local function callback(data, count, values, columns)
	show("callback", data, count, values, columns)
	return 0
end
show("exec", db:exec("select id, size from t where id < 4; select 'second'", callback, "data"))
show("abort", db:exec("select 1 union all select 2", function(_, _, values)
	show("only", values)
	return 1
end))
show("error", db:exec("select 1", function()
	error "in the callback"
end))
show("nothing", db:exec("select 1", function() end))
try("no function", db.exec, db, "select 1", 1)
show("nonsense", db:exec("selekt", callback))
show("one good", db:exec("select 1; selekt", callback))

-- Transactions, and what a constraint leaves.
show("begin", db:exec "begin", db:exec "begin", db:errmsg())
show("rollback", db:exec "delete from t", db:changes(), db:exec "rollback")
for count in db:urows "select count(*) from t" do
	show("left", count)
end
local broken = db:prepare "insert into t(id) values(1)"
show("constraint", broken:step(), db:errmsg(), broken:reset(), broken:step(), broken:finalize())

-- Closing.
local open = db:prepare "select 1"
show("close_vm", db:close_vm(), open:isopen())
open = db:prepare "select 1"
show("close_vm of temporary ones", db:close_vm(true), open:isopen())
show("close", db:close(), db:isopen(), open:isopen(), db, open)
try("closed", db.exec, db, "select 1")
try("closed again", db.close, db)
try("rows of a closed one", db.nrows, db, "select 1")
try("statement of a closed one", open.step, open)

-- Files.
db = sqlite3.open "kept.db"
show("file", db:exec "create table t(a, b); insert into t values(1, 'one'), (2, 'two')", db:close())
db = sqlite3.open("kept.db", sqlite3.OPEN_READONLY)
for row in db:rows "select * from t" do
	show("kept", row)
end
show("read only", db:exec "delete from t", db:errmsg())
db:close()
db = sqlite3.open("kept.db", sqlite3.OPEN_READWRITE)
local other = sqlite3.open "kept.db"
show("begin", db:exec "begin immediate", other:exec "begin immediate", other:errmsg())
show("read meanwhile", db:exec "delete from t", other:exec "select * from t", db:exec "commit")
for count in other:urows "select count(*) from t" do
	show("seen by the other", count)
end
show("close", db:close(), other:close())
local file = assert(io.open("broken.db", "w"))
file:write(("no database "):rep(100))
file:close()
db = sqlite3.open "broken.db"
show("broken", db:exec "select * from t", db:errmsg())
db:close()
