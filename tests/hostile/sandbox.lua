-- exit: 0
-- out: > done
-- Ways out of the sandbox: processes, native libraries, foreign files, the host's environment.
local skynet = require "skynet"
require "skynet.manager"

local function refused(f, ...)
	local ok, value, text = pcall(f, ...)
	assert(not ok or not value, "something was let through")
	return tostring(ok and text or value)
end

skynet.start(function()
	for _ = 1, 1000 do
		refused(os.execute, "touch /tmp/skysim_was_here")
		refused(io.popen, "touch /tmp/skysim_was_here")
	end
	assert(os.execute() == false)
	assert(debug.debug == nil)
	assert(refused(package.loadlib or error, "/lib/x86_64-linux-gnu/libc.so.6", "system"))
	refused(package.loadlib or error, "/lib/x86_64-linux-gnu/libc.so.6", "*")
	package.cpath = "/lib/x86_64-linux-gnu/?.so.6;/usr/lib/?.so"
	for _, name in ipairs { "libc", "libm", "lpeg", "../../x", "", "\0", ("x"):rep(100000), "lpeg\0core" } do
		refused(require, name)
	end
	local outside = {
		"/etc/passwd", "/proc/self/maps", "/proc/self/mem", "/dev/zero", "/dev/stdin", "/dev/tty", "~", "//etc//passwd",
		"../../../../../../../etc/passwd", "./../hostile.rs", "../hostile.rs", "/work", "/tmp", "\0/etc/passwd", "",
		("../"):rep(10000) .. "etc/passwd", ("a/"):rep(100000), ("x"):rep(1 << 20), "/etc/passwd\0.lua", ".", "/", "..",
	}
	for _, path in ipairs(outside) do
		for _, mode in ipairs { "r", "r+", "rb" } do
			local file = io.open(path, mode)
			assert(not file or file:read(1) == nil, path:sub(1, 80))
		end
		pcall(dofile, path)
		pcall(loadfile, path)
		pcall(io.lines, path)
		os.remove(path)
		os.rename(path, "x")
		os.rename("x", path)
	end
	assert(io.open("/tmp/skysim_was_here", "w") == nil or true)
	for _, name in ipairs { "PATH", "HOME", "USER", "PWD", "LANG", "TZ", "" } do
		assert(os.getenv(name) == nil)
	end
	assert(io.read("a") == "" or io.read("a") == nil)
	print("> done")
	skynet.abort()
end)
