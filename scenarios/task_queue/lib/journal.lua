-- What happened, in files that survive a crash at any moment: a snapshot, and after it
-- a journal to which every change is added before anybody hears of it.
--
-- Snapshots are numbered. Number n is the file "base.snapshot.0" or ".1", by n % 2, and
-- its journal "base.journal.0" or ".1": making a snapshot never touches the one before
-- it. A snapshot is written whole and then renamed, which makes it appear at once or
-- not at all. A journal says in its first record to which snapshot it belongs. Its last
-- record may be torn, by a crash or a disk that was full: nobody was told of that change.
--
-- Standard Lua can give bytes to the system (flush) and not to the disk: a crash of the
-- process loses nothing, a power cut may cost the last changes.

local skynet = require "skynet"

local HEADER = "%08x %08x\n"	-- length and checksum of what follows
local HEADER_LENGTH = 18
local NO_SUCH_FILE = 2	-- what io.open answers as its third value

local journal = {}
journal.__index = journal

-- FNV-1a, 32 bits.
local function checksum(text)
	local sum = 2166136261
	for index = 1, #text do
		sum = ((sum ~ string.byte(text, index)) * 16777619) & 0xffffffff
	end
	return sum
end

local function record(...)
	local contents = skynet.packstring(...)
	return string.format(HEADER, #contents, checksum(contents)) .. contents
end

-- The contents of the record that begins at `at`, and where the next one begins; nil if
-- there is none, or if it is torn.
local function read_record(text, at)
	local length, sum = text:match("^(%x%x%x%x%x%x%x%x) (%x%x%x%x%x%x%x%x)\n", at)
	if not length then
		return nil
	end
	local first = at + HEADER_LENGTH
	local after = first + tonumber(length, 16)
	local contents = text:sub(first, after - 1)
	if #contents ~= tonumber(length, 16) or checksum(contents) ~= tonumber(sum, 16) then
		return nil
	end
	return contents, after
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

local function snapshot_path(base, number)
	return string.format("%s.snapshot.%d", base, number % 2)
end

local function journal_path(base, number)
	return string.format("%s.journal.%d", base, number % 2)
end

-- The newest snapshot that is whole: its number and its state; 0 and nil if there is
-- none.
local function newest(base)
	local newest_number, newest_state = 0, nil
	for slot = 0, 1 do
		local contents = read_record(read_file(snapshot_path(base, slot)) or "", 1)
		if contents then
			local number, state = skynet.unpack(contents)
			if number > newest_number then
				newest_number, newest_state = number, state
			end
		end
	end
	return newest_number, newest_state
end

-- Opens a journal: answers the state of its snapshot (nil if there is none) and the
-- changes since, each a list of values. Before the first `add` to a journal that is new
-- there must be a `compact`.
function journal.open(base)
	local number, state = newest(base)
	local self = setmetatable({ base = base, number = number, changes = 0 }, journal)
	local changes = {}
	local path = journal_path(base, number)
	local text = read_file(path) or ""
	local contents, at = read_record(text, 1)
	if contents and skynet.unpack(contents) == number then
		while contents do
			self.length = at - 1
			contents, at = read_record(text, at)
			if contents then
				table.insert(changes, table.pack(skynet.unpack(contents)))
			end
		end
		self.file, self.torn = assert(io.open(path, "r+b")), true
		self.changes = #changes
	end
	return self, state, changes
end

-- Adds a change. Raises an error if it cannot be kept: then it has not happened. What
-- reached the file of it is written over by the next one, which would be lost behind it.
function journal:add(...)
	local text = record(...)
	assert(self.file, "the journal has not begun")
	if self.torn then
		assert(self.file:seek("set", self.length))
	end
	self.torn = true
	assert(self.file:write(text))
	assert(self.file:flush())
	self.torn = false
	self.length = self.length + #text
	self.changes = self.changes + 1
end

local function write_whole(path, text)
	local temporary = path .. ".tmp"
	local file = assert(io.open(temporary, "wb"))
	local ok, reason = file:write(text)
	local closed, close_reason = file:close()	-- what was buffered may fail here
	assert(ok, reason)
	assert(closed, close_reason)
	assert(os.rename(temporary, path))
end

-- Makes `state` the new snapshot; the changes before it are not needed any more. Raises
-- an error if it fails; then all is as before.
function journal:compact(state)
	local number = self.number + 1
	local file = assert(io.open(journal_path(self.base, number), "wb"))
	local first = record(number)
	assert(file:write(first))
	assert(file:flush())
	write_whole(snapshot_path(self.base, number), record(number, state))
	-- From here on the new one counts.
	if self.file then
		self.file:close()
	end
	self.number, self.file, self.changes = number, file, 0
	self.length, self.torn = #first, false
end

return journal
