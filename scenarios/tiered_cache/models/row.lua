-- A row of the database: whatever is written has the next version, and whatever is read is
-- what was written last. With key = 1 each row has a history of its own.

return {
	init = function(key)
		if key == "gold" then
			return { value = 10, version = 1 }
		end
		return { version = 0 }
	end,

	operations = {
		read = function(row)
			return true, row.value, row.version
		end,

		write = function(row, _, value)
			row.value, row.version = value, row.version + 1
			return true, row.version
		end,
	},
}
