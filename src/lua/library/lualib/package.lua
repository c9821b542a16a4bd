-- Lua's `package` library and global `require`, because the stock ones read the host's files. Texts,
-- results and the order of the search are those of loadlib.c (5.4 and 5.5); of C modules only those
-- exist that the scenario allows. Called as chunk(host):
--   host.loadfile(filename)             as Lua's own
--   host.readable(filename)             whether such a file can be opened
--   host.loadlib(filename, symbol)      becomes package.loadlib
--   host.load_module(filename, name)    the same with the symbols that a module's name stands for
--   host.lfs                            opens the module `lfs`, which is there without a file
--   host.loaded                         the table that becomes package.loaded

local host = ...
local loaded, preload = host.loaded, { lfs = host.lfs }
local package = {
	config = "/\n;\n?\n!\n-\n",
	loaded = loaded,
	preload = preload,
	loadlib = host.loadlib,
}

do
	local version = string.match(_VERSION, "%d+%.%d+")
	local roots = { S = "/usr/local/share/lua/" .. version .. "/", L = "/usr/local/lib/lua/" .. version .. "/" }
	package.path = string.gsub("S?.lua;S?/init.lua;L?.lua;L?/init.lua;./?.lua;./?/init.lua", "[SL]", roots)
	package.cpath = string.gsub("L?.so;Lloadall.so;./?.so", "L", roots)
end

local function replace_plain(text, old, new)
	local pattern, replacement = string.gsub(old, "%p", "%%%0"), string.gsub(new, "%%", "%%%%")
	return (string.gsub(text, pattern, replacement))
end

-- The name goes in before the templates are taken apart, as in C: a ";" in a name splits them, too.
local function search(name, path, separator, replacement)
	if separator ~= "" then
		name = replace_plain(name, separator or ".", replacement or "/")
	end
	local candidates = replace_plain(path, "?", name)
	for filename in string.gmatch(candidates, "[^;]+") do
		if host.readable(filename) then
			return filename
		end
	end
	return nil, "no file '" .. string.gsub(candidates, ";", "'\n\tno file '") .. "'"
end
package.searchpath = search

local function preload_searcher(name)
	local loader = preload[name]
	if loader == nil then
		return string.format("no field package.preload['%s']", name)
	end
	return loader, ":preload:"
end

-- Searches the templates in `package[field]`, for the first part of a dotted name only if `root` is
-- set. Its errors have no position (0): the caller of a searcher is require, there a C function.
local function file_searcher(field, root)
	return function(name)
		local path = package[field]
		if type(path) ~= "string" and type(path) ~= "number" then
			error(string.format("'package.%s' must be a string", field), 0)
		end
		local searched = name
		if root then
			searched = string.match(name, "^([^.]*)%.")
			if not searched then
				return
			end
		end
		local filename, missing = search(searched, path)
		if not filename then
			return missing
		end
		local loader, reason, part
		if field == "path" then
			loader, reason = host.loadfile(filename)
		else
			loader, reason, part = host.load_module(filename, name)
		end
		if root and part == "init" then
			return string.format("no module '%s' in file '%s'", name, filename)
		elseif not loader then
			error(string.format("error loading module '%s' from file '%s':\n\t%s", name, filename, reason), 0)
		end
		return loader, filename
	end
end

package.searchers = {
	preload_searcher,
	file_searcher("path"),
	file_searcher("cpath"),
	file_searcher("cpath", true),
}

-- Returns only by a loader; raises at the caller of require.
local function find_loader(name)
	local searchers = package.searchers
	if type(searchers) ~= "table" then
		error("'package.searchers' must be a table", 3)
	end
	local reasons = {}
	for _, searcher in ipairs(searchers) do
		local loader, data = searcher(name)
		local kind = type(loader)
		if kind == "function" then
			return loader, data
		elseif kind == "string" or kind == "number" then
			reasons[#reasons + 1] = "\n\t" .. loader
		end
	end
	error(string.format("module '%s' not found:%s", name, table.concat(reasons)), 3)
end

-- The stock require is a C function, so a module body below it cannot yield. A callback of gsub
-- cannot, either: that keeps the mistake of yielding in one as visible here as it is there.
local function run_loader(loader, name, data)
	local result
	string.gsub(" ", " ", function()
		result = loader(name, data)
	end)
	return result
end

function require(...)
	local name = ...
	local kind = type(name)
	if kind == "number" then
		name = tostring(name)
	elseif kind ~= "string" then
		kind = select("#", ...) == 0 and "no value" or kind
		error(string.format("bad argument #1 to 'require' (string expected, got %s)", kind), 2)
	end
	local module = loaded[name]
	if module then
		return module
	end
	local loader, data = find_loader(name)
	local result = run_loader(loader, name, data)
	if result ~= nil then
		loaded[name] = result
	end
	if loaded[name] == nil then
		loaded[name] = true
	end
	return loaded[name], data
end

loaded.package = package
_G.package = package
