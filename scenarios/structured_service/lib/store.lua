-- One value (of the kinds that skynet.pack knows) in a file that survives a crash
-- at any moment.
--
-- Saves are numbered, and number n goes to slot n % 2: "state.0" or "state.1". So a
-- save never touches the file of the save before it. A slot is written as a
-- temporary file first and then renamed, which replaces it at once or not at all.
-- Each file says how long its contents are and what they add up to: a torn file is
-- found out at loading, and the other slot is used.
--
-- (Standard Lua cannot ask the disk to flush: a power cut may cost the last save,
-- not the one before it.)

local skynet = require "skynet"

local HEADER = "state %d %d %08x\n"	-- number of the save, length, checksum
local HEADER_PATTERN = "^state (%d+) (%d+) (%x+)\n(.*)$"

local store = {}

-- FNV-1a, 32 bits.
local function checksum(text)
	local sum = 2166136261
	for index = 1, #text do
		sum = ((sum ~ string.byte(text, index)) * 16777619) & 0xffffffff
	end
	return sum
end

local function slot(base, number)
	return string.format("%s.%d", base, number % 2)
end

-- Answers the contents and number of a file; nil if there is no file;
-- nil and a reason if the file is not whole.
local function read(path)
	local file = io.open(path, "rb")
	if not file then
		return nil
	end
	local text = file:read("a") or ""
	file:close()
	local number, length, sum, contents = string.match(text, HEADER_PATTERN)
	if not number then
		return nil, path .. " has no header"
	end
	if #contents ~= tonumber(length) then
		return nil, string.format("%s has %d bytes instead of %s", path, #contents, length)
	end
	if checksum(contents) ~= tonumber(sum, 16) then
		return nil, path .. " has a wrong checksum"
	end
	return contents, tonumber(number)
end

-- Answers the newest good value and its number, or nil and 0, and in any case the
-- list of what was wrong with the files.
function store.load(base)
	local newest, newest_number, problems = nil, 0, {}
	for index = 0, 1 do
		local contents, number = read(slot(base, index))
		if contents and number > newest_number then
			newest, newest_number = contents, number
		elseif not contents and number then
			table.insert(problems, number)	-- no contents: the second value is the reason
		end
	end
	return newest and skynet.unpack(newest), newest_number, problems
end

-- Writes save `number`, which must be one more than the newest good one. Raises an
-- error if that fails; the earlier save is then as good as ever.
function store.save(base, number, value)
	local contents = skynet.packstring(value)
	local path = slot(base, number)
	local temporary = path .. ".tmp"
	local file = assert(io.open(temporary, "wb"))
	local ok, reason = file:write(string.format(HEADER, number, #contents, checksum(contents)), contents)
	local closed, close_reason = file:close()	-- what was buffered may fail here
	assert(ok, reason)
	assert(closed, close_reason)
	assert(os.rename(temporary, path))
end

return store
