-- Replaces methods of a running snax service by those of a source text. A local of the patch that is
-- declared without a value stands for the local of the same name in the methods being replaced: the
-- two become one variable, so the state survives.

local snax_interface = require "snax.interface"

-- Globals for the patch's main chunk. Its functions are joined to the service's own _ENV afterwards.
local patch_env = {}
for name, value in pairs(_ENV) do
	patch_env[name] = value
end

local function upvalues(func)
	local index = 0
	return function()
		index = index + 1
		local name, value = debug.getupvalue(func, index)
		if name then
			return index, name, value
		end
	end
end

local function env_id(func)
	for index, name in upvalues(func) do
		if name == "_ENV" then
			return debug.upvalueid(func, index)
		end
	end
end

-- Fills name -> where to find that upvalue. Functions of the service itself (same _ENV) are entered.
local function collect(found, func, env)
	for index, name, value in upvalues(func) do
		local id = debug.upvalueid(func, index)
		local known = found[name]
		if known then
			assert(known.id == id, string.format("ambiguity local value %s", name))
		else
			found[name] = { func = func, index = index, id = id }
			if type(value) == "function" and env_id(value) == env then
				collect(found, value, env)
			end
		end
	end
end

local function collect_methods(methods)
	local found = {}
	for _, method in pairs(methods) do
		local func = method[4]
		if func then
			collect(found, func, env_id(func))
		end
	end
	if not found._ENV then	-- no method uses a global: this file's _ENV is the same table
		for index, name in upvalues(collect_methods) do
			if name == "_ENV" then
				found._ENV = { func = collect_methods, index = index }
			end
		end
	end
	return found
end

local function join(found, func)
	for index, name, value in upvalues(func) do
		local target = found[name]
		if value == nil or value == patch_env then
			if target then
				debug.upvaluejoin(func, index, target.func, target.index)
			end
		elseif type(value) == "function" then
			join(found, value)
		end
	end
end

local function find_method(methods, group, name)
	for _, method in pairs(methods) do
		if method[2] == group and method[3] == name then
			return method
		end
	end
end

local function apply(methods, source, ...)
	local patch = snax_interface("patch", patch_env, function(_, _, env)
		return load(source, "=patch", "bt", env)
	end)
	local found = collect_methods(methods)
	for _, method in pairs(patch) do
		local _, group, name, func = table.unpack(method)
		if func then
			local target = assert(find_method(methods, group, name), string.format("Patch mismatch %s.%s", group, name))
			join(found, func)
			target[4] = func
		end
	end
	local after = find_method(patch, "system", "hotfix")
	if after and after[4] then
		return after[4](...)
	end
end

return function(methods, source, ...)
	return pcall(apply, methods, source, ...)
end
