-- What the stock answers, as if one command after the other were done at once, and as if
-- there were no guard but his answers. A version belongs to one state: whoever is told a
-- version was told of exactly that moment.

-- What may happen to anybody: the guard says no, or nothing; others are always quicker.
local REFUSALS = { ["too much at once"] = true, ["no guard"] = true, ["too many others"] = true }

local function sum(state, good)
	local total = 0
	for _, goods in pairs(state.places) do
		total = total + (goods[good] or 0)
	end
	return total
end

-- Makes all moves, or none of them and says why.
local function move_all(places, moves)
	local changed = {}	-- place -> good -> count
	local function count(place, good)
		return changed[place] and changed[place][good] or places[place][good] or 0
	end
	local function set(place, good, value)
		changed[place] = changed[place] or {}
		changed[place][good] = value
	end
	for _, move in ipairs(moves) do
		if not places[move.from] or not places[move.to] then
			return "no such place"
		elseif move.from == move.to then
			return "nothing to move"
		elseif move.count > count(move.from, move.good) then
			return "not enough " .. move.good
		end
		set(move.from, move.good, count(move.from, move.good) - move.count)
		set(move.to, move.good, count(move.to, move.good) + move.count)
	end
	for place, goods in pairs(changed) do
		for good, value in pairs(goods) do
			places[place][good] = value > 0 and value or nil
		end
	end
end

return {
	init = function()
		return { version = 0, places = {} }
	end,

	operations = {
		open = function(state, place, goods)
			if state.places[place] then
				return false, "the place exists"
			end
			state.places[place] = goods
			state.version = state.version + 1
			return state.version
		end,

		move = function(state, moves)
			return function(answer, reason)
				if not answer and REFUSALS[reason] then
					return true
				end
				local refused = move_all(state.places, moves)
				if refused then
					return answer == false and reason == refused
				end
				state.version = state.version + 1
				return answer == state.version
			end
		end,

		count = function(state, good)
			return function(answer, version)
				return not answer and REFUSALS[version] or answer == sum(state, good) and version == state.version
			end
		end,
	},
}
