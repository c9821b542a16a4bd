-- Wrong is line 103: nobody looks whether it was written, and a save that the disk refused is answered like a good one.
-- The last three saves of one value (of the kinds that skynet.pack knows), each in a
-- file of its own: save number n is "base.0", ".1" or ".2", by n % 3.
--
-- Numbers, and not times, say which is the newest: two saves in one second differ, and
-- a clock that is set back hides nothing. A save is written as a temporary file, in
-- parts, with other messages in between; it appears by its new name when it is whole.
-- Each file says of which version it is, how long it is and what it adds up to, so
-- that a torn one is found out at loading and the one before it is used.
--
-- Standard Lua can give bytes to the system (flush) and not to the disk: after a power
-- cut it may be the save before the last that is good.

local skynet = require "skynet"

local VERSION = 2
local COUNT = 3
local PART = 64	-- bytes written at a time; a service in production takes more
local HEADER = "state %d %d %d %08x\n"	-- version, number, length, checksum
local HEADER_PATTERN = "^state (%d+) (%d+) (%d+) (%x+)\n(.*)$"
local NO_SUCH_FILE = 2	-- what io.open answers as its third value

local generations = {}
generations.__index = generations

-- How the contents of each version are read.
local readers = {}

-- Version 1 was text, a line for each key, and had no total.
readers[1] = function(contents)
	local values, total = {}, 0
	for key, value in contents:gmatch("(%S+) (%d+)\n") do
		values[key] = math.tointeger(value)
		total = total + values[key]
	end
	return { values = values, total = total }
end

readers[2] = function(contents)
	return (skynet.unpack(contents))
end

-- FNV-1a, 32 bits.
local function checksum(text)
	local sum = 2166136261
	for index = 1, #text do
		sum = ((sum ~ string.byte(text, index)) * 16777619) & 0xffffffff
	end
	return sum
end

-- The whole text of a file; nil if there is none. That a file cannot be read does not
-- mean that there is none: that raises an error.
local function read_file(path)
	local file, reason, code = io.open(path, "rb")
	if not file then
		return code ~= NO_SUCH_FILE and error(reason, 0) or nil
	end
	local text, read_reason = file:read("a")
	file:close()
	return text or error(path .. ": " .. tostring(read_reason), 0)
end

-- Answers the number and the value of a save, or nil and what is wrong with it.
local function parse(path, text)
	local version, number, length, sum, contents = text:match(HEADER_PATTERN)
	if not version then
		return nil, path .. " has no header"
	elseif tonumber(version) > VERSION then
		-- Whoever went on with an older save would overwrite this one some day.
		error(string.format("%s is of version %s, and this service knows %d", path, version, VERSION), 0)
	elseif #contents ~= tonumber(length) then
		return nil, string.format("%s has %d bytes instead of %s", path, #contents, length)
	elseif checksum(contents) ~= tonumber(sum, 16) then
		return nil, path .. " has a wrong checksum"
	end
	return tonumber(number), readers[tonumber(version)](contents)
end

-- Answers the saves, the newest good value (nil if there is none), and what is wrong
-- with the files. Raises an error if it cannot know which is the newest.
function generations.open(base)
	local self = setmetatable({ base = base, number = 0 }, generations)
	local newest, problems = nil, {}
	for slot = 0, COUNT - 1 do
		local path = base .. "." .. slot
		local text = read_file(path)
		if text then
			local number, result = parse(path, text)
			if not number then
				table.insert(problems, result)
			elseif number > self.number then
				self.number, newest = number, result
			end
		end
	end
	return self, newest, problems
end

-- Yields between parts: the value has been packed before, and is that of one moment.
local function write_parts(file, text)
	for first = 1, #text, PART do
		file:write(text:sub(first, first + PART - 1))
		skynet.yield()
	end
end

-- Makes `value` the newest save and answers its number. Raises an error if that fails;
-- the saves before it are then as they were. One call at a time.
function generations:save(value)
	local number = self.number + 1
	local contents = skynet.packstring(value)
	local path = self.base .. "." .. number % COUNT
	local temporary = path .. ".tmp"
	local file = assert(io.open(temporary, "wb"))
	local header = string.format(HEADER, VERSION, number, #contents, checksum(contents))
	local ok, reason = pcall(write_parts, file, header .. contents)
	local closed, close_reason = file:close()	-- what was buffered may fail here
	if ok and closed then
		ok, reason = os.rename(temporary, path)
	end
	if not (ok and closed) then
		os.remove(temporary)
		error(tostring(reason or close_reason), 0)
	end
	self.number = number
	return number
end

return generations
