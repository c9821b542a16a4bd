-- exit: 0
-- out: > done
-- memory: 1500
-- The standard library with odd arguments: files, dates, patterns, formats, numbers.
local skynet = require "skynet"
require "skynet.manager"
local lfs = require "lfs"

local function try(f, ...) return pcall(f, ...) end

skynet.start(function()
	local odd = { 0, -1, 1 << 40, math.mininteger, math.maxinteger, 1.5, 0 / 0, math.huge, -math.huge, "", "x", "\0", "%", ("%d"):rep(300), ("x"):rep(70000), true, {}, print, coroutine.create(print), io.stdout }
	local skip = { exit = true, yield = true, print = true, write = true, close = true, collectgarbage = true, getmetatable = true }
	for _, name in ipairs { "string", "table", "math", "utf8", "os", "io", "debug", "coroutine", "_G", "lfs", "package" } do
		local library = name == "lfs" and lfs or _G[name]
		for key, f in pairs(library) do
			if type(f) == "function" and not skip[key] and not (name == "debug" and (key == "setmetatable" or key == "sethook")) and key ~= "rep" and key ~= "dofile" and key ~= "error" then
				try(f)
				for _, a in ipairs(odd) do
					if not (name == "_G" and key == "print") then try(f, a) end
					for _, b in ipairs(odd) do
						if not (key == "print" or key == "write" or key == "yield" or (key == "concat" or key == "unpack" or key == "move" or key == "insert" or key == "create") and b == 1 << 40) then
							try(f, a, b)
							if key ~= "move" and key ~= "insert" then try(f, {}, a, b) end
							try(f, "x", a, b)
						end
					end
				end
			end
		end
	end
	io.output(io.stdout)
	io.input(io.stdin)
	-- dates
	for byte = 0, 255 do
		try(os.date, "%" .. string.char(byte))
		try(os.date, "!%E" .. string.char(byte))
		try(os.date, "%O" .. string.char(byte), -1)
		for _, time in ipairs { 0, -1, 1 << 33, -(1 << 33), 1 << 55, math.maxinteger, math.mininteger } do
			try(os.date, "%" .. string.char(byte), time)
			try(os.date, "!*t" .. string.char(byte), time)
		end
	end
	try(os.date, ("%c"):rep(100000))
	for _, time in ipairs { 0, -1, 1 << 40, 1 << 55, math.maxinteger, math.mininteger } do
		try(os.date, "*t", time)
		for _, field in ipairs { "year", "month", "day", "hour", "min", "sec" } do
			local t = { year = 2024, month = 1, day = 1 }
			t[field] = time
			try(os.time, t)
			t[field] = 2147483647
			try(os.time, t)
			t[field] = -2147483648
			try(os.time, t)
		end
	end
	-- formats
	for byte = 0, 255 do
		local c = string.char(byte)
		for _, value in ipairs(odd) do
			try(string.format, "%" .. c, value)
			try(string.format, "%099.99" .. c, value)
			try(string.format, "%-+ #0" .. c, value)
			try(string.pack, c .. "16", value)
			try(string.pack, "!" .. c, value)
			try(string.pack, "X" .. c, value)
			try(string.unpack, c .. "16", tostring(value), value)
			try(string.packsize, c .. "2147483647" .. c .. "2147483647")
			try(string.find, "aaa", "%" .. c .. "(" .. c .. ")", value)
			try(string.gsub, "aaa", "[" .. c .. "-%" .. c .. "]", value)
		end
	end
	for _, pattern in ipairs { "(", ")", "%", "[", "[^", "%b", "%f", ("("):rep(100), ("(a"):rep(33), ("[a"):rep(1000), "%1", "(%1)", ("a-"):rep(1000) .. "b", "^^^^", "$$$$", "%g(%g%)" } do
		try(string.find, ("a"):rep(100), pattern)
		try(string.gsub, ("a"):rep(100), pattern, "%1%2%9%%%")
		try(function() for _ in ("aaa"):gmatch(pattern) do end end)
	end
	for _ = 1, 3 do
		try(math.random, 0) try(math.random, 5, 1) try(math.random, math.mininteger, math.maxinteger) try(math.random, math.maxinteger)
		try(math.random, 1, math.mininteger) try(math.randomseed, 0 / 0) try(math.randomseed, 1 << 62, 1 << 62) try(math.randomseed)
		try(math.tointeger, "x") try(math.fmod, math.mininteger, -1) try(math.fmod, 1, 0)
		try(math.ult, 1, -1) try(math.ldexp or error, 1, 1 << 40) try(math.frexp or error, 0 / 0)
	end
	try(function() return math.mininteger // -1, math.mininteger % -1, 1 // 0 end)
	for _, bytes in ipairs { "\xff", "\xf8\x88\x80\x80\x80", "\xc0\x80", "\xed\xa0\x80", ("\x80"):rep(100) } do
		try(utf8.len, bytes) try(utf8.codepoint, bytes, 1, -1) try(utf8.offset, bytes, 1 << 40) try(utf8.len, bytes, 1, -1, true)
		try(function() for _ in utf8.codes(bytes) do end end)
		try(function() for _ in utf8.codes(bytes, true) do end end)
	end
	try(utf8.char, -1) try(utf8.char, 1 << 31) try(utf8.char, 0x7fffffff)
	-- comparators without sense
	for n = 1, 300, 7 do
		local t = {}
		for i = 1, n do t[i] = i % 7 end
		try(table.sort, t, function() return true end)
		try(table.sort, t, function(a, b) return a ~= b end)
		try(table.sort, t, function(a, b) t[#t + 1] = 1 t[1] = nil return a < b end)
		try(table.sort, t, function() error("x") end)
		try(table.sort, { 1, "x", {}, print }, nil)
	end
	-- files
	local file = assert(io.open("big", "w+"))
	for _, at in ipairs { 1 << 20, 1 << 31, 1 << 40, 1 << 62, math.maxinteger, -1, math.mininteger } do
		try(file.seek, file, "set", at) try(file.write, file, "x") try(file.read, file, "a") try(file.read, file, 1 << 40)
		try(file.seek, file, "cur", at) try(file.write, file, "x") try(file.seek, file, "end", at) try(file.write, file, "x")
		try(file.read, file, at) try(file.setvbuf, file, "full", at) try(lfs.touch or error, "big", at, at)
	end
	try(file.lines, file, table.unpack({}, 1, 300))
	for line in file:lines("n", "l", "L", 0) do break end
	file:close()
	try(file.close, file) try(file.write, file, "x") try(tostring, file)
	local function iterator() for _ in io.lines("big", 1) do error("x") end end
	try(iterator)
	try(debug.setmetatable, io.stdout, { __gc = error, __index = error })
	try(debug.setuservalue, io.stdout, 1, 1)
	try(debug.setuservalue, io.stdout, 1, 100)
	os.remove("big")
	assert(lfs.mkdir("d"))
	local path = "d"
	for _ = 1, 2000 do path = path .. "/d" if not lfs.mkdir(path) then break end end
	try(os.rename, "d", "d/d/d")
	try(os.remove, "d") try(lfs.rmdir, "d") try(lfs.chdir, path) try(lfs.currentdir) try(lfs.chdir, "/")
	try(function() for _ in lfs.dir(".") do end end)
	local step, dir = lfs.dir(".")
	local close, next_name, file_meta = dir.close, dir.next, debug.getmetatable(file)
	try(close, dir) try(next_name, dir) try(step, dir) try(step, io.stdout) try(step)
	try(debug.setmetatable, dir, file_meta)
	try(close, dir) try(io.close, dir) try(io.read, dir) try(file.read, dir) try(next_name, dir)
	try(debug.setmetatable, file, debug.getmetatable(dir)) try(next_name, file) try(step, file)
	print("> done")
	skynet.abort()
end)
