-- Numbers as Redis reads and writes them.

local numbers = {}

local NO_INTEGER = "ERR value is not an integer or out of range"
local NO_FLOAT = "ERR value is not a valid float"

-- An integer of 64 bits, without leading zeros, spaces or a plus.
function numbers.integer(text)
	local number = (text == "0" or text:find "^%-?[1-9]%d*$") and math.tointeger(tonumber(text))
	-- tonumber makes a float of what is too large, and some of these are integers again.
	if not number or ("%d"):format(number) ~= text then
		error({ NO_INTEGER })
	end
	return number
end

function numbers.float(text)
	local special = { inf = math.huge, ["+inf"] = math.huge, ["-inf"] = -math.huge }
	local number = special[text:lower()] or (text:find "^[%+%-%.%deExXa-fA-F]+$" and tonumber(text))
	if not number then
		error({ NO_FLOAT })
	end
	return number + 0.0
end

-- A score as Redis 7.0 writes it.
function numbers.text(number)
	if number == math.huge then
		return "inf"
	elseif number == -math.huge then
		return "-inf"
	end
	return ("%.17g"):format(number)
end

-- a + b, or an error if 64 bits do not hold it.
function numbers.add(a, b)
	local sum = a + b
	if (b > 0 and sum < a) or (b < 0 and sum > a) then
		error({ "ERR increment or decrement would overflow" })
	end
	return sum
end

-- What LRANGE and ZRANGE mean by from and to: counted from 0, from the end if negative. Positions in a list of Lua.
function numbers.range(from, to, count)
	from, to = numbers.integer(from), numbers.integer(to)
	if from < 0 then
		from = math.max(from + count, 0)
	end
	if to < 0 then
		to = to + count
	end
	return from + 1, math.min(to + 1, count)
end

return numbers
