-- The first level: entries in a table, for so many ticks, and not more than twice
-- `capacity` of them. Two generations: when the young one is full the old one is
-- dropped as a whole. What is asked for moves to the young one, so what is used stays.

local memory = {}
memory.__index = memory

function memory.new(capacity, ticks)
	return setmetatable({ capacity = capacity, ticks = ticks, young = {}, count = 0, old = {} }, memory)
end

local function add(self, key, kept)
	if not self.young[key] then
		if self.count == self.capacity then
			self.old, self.young, self.count = self.young, {}, 0
		end
		self.count = self.count + 1
	end
	self.young[key] = kept
end

function memory:get(key, now)
	local kept = self.young[key] or self.old[key]
	if not kept then
		return nil
	end
	if now >= kept.expires then
		self:drop(key)
		return nil
	end
	if not self.young[key] then
		self.old[key] = nil
		add(self, key, kept)	-- with the time that it has left
	end
	return kept.entry
end

function memory:put(key, entry, now)
	self.old[key] = nil
	add(self, key, { entry = entry, expires = now + self.ticks })
end

function memory:drop(key)
	self.old[key] = nil
	if self.young[key] then
		self.young[key] = nil
		self.count = self.count - 1
	end
end

return memory
