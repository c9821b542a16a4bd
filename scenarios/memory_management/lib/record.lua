-- The last things that somebody said, at most LIMIT bytes. Each text of its own costs a
-- slot, a header and an entry of the collector's list; so many small ones become one.

local record = {}

local PIECES, LIMIT = 8, 256

function record.new()
	return { size = 0 }
end

local function compact(self)
	local text = string.sub(table.concat(self), -LIMIT)
	for index = #self, 2, -1 do
		self[index] = nil
	end
	self[1], self.size = text, #text
end

function record.add(self, text)
	table.insert(self, text)
	self.size = self.size + #text
	if #self > PIECES or self.size > 2 * LIMIT then
		compact(self)
	end
end

function record.text(self)
	return string.sub(table.concat(self), -LIMIT)
end

return record
