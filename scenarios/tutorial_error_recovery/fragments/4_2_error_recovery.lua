-- Counts errors, and recovers from too many of them. In the wrong order.

local errors = {}

local function record_error(operation)
	errors[operation] = errors[operation] or {}
	table.insert(errors[operation], skynet.time())
end

local function check_error_rate()
	for operation, times in pairs(errors) do
		-- A global, which nobody has set: the local function of that name comes later.
		-- And what was counted stays counted, so that the next look recovers again.
		if #times > 10 then
			handle_operation_failure(operation)
		end
	end
end

local function handle_operation_failure(operation)
	if operation == "database" then
		resolve_dependencies()
	end
end
