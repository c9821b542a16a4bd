-- What is due first comes out first: a binary heap of { due, id, .. }. Equal dues come
-- out by id, so that the order depends on nothing but what was put in.

local heap = {}
heap.__index = heap

local function before(a, b)
	if a.due ~= b.due then
		return a.due < b.due
	end
	return a.id < b.id
end

function heap.new()
	return setmetatable({ items = {} }, heap)
end

function heap:count()
	return #self.items
end

function heap:push(item)
	local items = self.items
	local at = #items + 1
	while at > 1 do
		local parent = at // 2
		if not before(item, items[parent]) then
			break
		end
		items[at] = items[parent]
		at = parent
	end
	items[at] = item
end

function heap:pop()
	local items = self.items
	local first, last = items[1], table.remove(items)
	if #items == 0 then
		return first
	end
	local at, count = 1, #items
	while at * 2 <= count do
		local child = at * 2
		if child < count and before(items[child + 1], items[child]) then
			child = child + 1
		end
		if not before(items[child], last) then
			break
		end
		items[at] = items[child]
		at = child
	end
	items[at] = last
	return first
end

return heap
