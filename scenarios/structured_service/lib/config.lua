-- The configuration: what may be set, to what, and what it is if nobody sets it.
-- It comes as words "key=value", because that is what skynet.newservice passes on
-- (every argument arrives as text, split at blanks).

local config = {}

local FIELDS = {
	{ key = "max_connections", type = "integer", min = 1, max = 10000, default = 100 },
	{ key = "idle_timeout", type = "integer", min = 1, max = 86400, default = 30 },	-- seconds, as all of these
	{ key = "auth_timeout", type = "integer", min = 1, max = 60, default = 1 },
	{ key = "cleanup_every", type = "integer", min = 1, max = 3600, default = 10 },
	{ key = "stats_every", type = "integer", min = 1, max = 3600, default = 60 },
	{ key = "save_every", type = "integer", min = 1, max = 3600, default = 60 },
	{ key = "database", type = "string", default = ".database" },
	{ key = "verbose", type = "boolean", default = false },
}

local BY_KEY = {}
for _, field in ipairs(FIELDS) do
	BY_KEY[field.key] = field
end

-- Each reader answers the value, or nil and what would have been right.
local readers = {}

function readers.integer(field, text)
	local value = math.tointeger(tonumber(text) or 0.5)
	if not value or value < field.min or value > field.max then
		return nil, string.format("must be an integer from %d to %d", field.min, field.max)
	end
	return value
end

function readers.string(_, text)
	if text == "" then
		return nil, "must not be empty"
	end
	return text
end

function readers.boolean(_, text)
	if text ~= "true" and text ~= "false" then
		return nil, "must be true or false"
	end
	return text == "true"
end

function config.defaults()
	local values = {}
	for _, field in ipairs(FIELDS) do
		values[field.key] = field.default
	end
	return values
end

-- Answers a new configuration: `base` with the words applied. If any word is wrong,
-- it answers nil and a text that names all of them; `base` is never changed.
function config.apply(base, words)
	local values = {}
	for key, value in pairs(base) do
		values[key] = value
	end
	local problems = {}
	for _, word in ipairs(words) do
		local key, text = string.match(tostring(word), "^([%w_]+)=(.*)$")
		local field = BY_KEY[key]
		if not key then
			table.insert(problems, string.format("'%s' is not key=value", word))
		elseif not field then
			table.insert(problems, string.format("%s: no such key", key))
		else
			local value, expected = readers[field.type](field, text)
			if value == nil then
				table.insert(problems, string.format("%s: %s, not '%s'", key, expected, text))
			else
				values[key] = value
			end
		end
	end
	if #problems > 0 then
		return nil, table.concat(problems, "; ")
	end
	return values
end

return config
