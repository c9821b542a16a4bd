-- A snax service: accept, response, init, exit, errors, unknown methods, hotfix.
local skynet = require "skynet"
require "skynet.manager"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local snax = require "skynet.snax"
skynet.start(function()
	local s = snax.newservice("counter", "name", { start = 5 })
	out("type", s.type, s.handle ~= nil)
	out("response", s.req.get()) out("post", s.post.add(3)) out("after post", s.req.get()) out("several values", s.req.many(1, nil, 3))
	out("error", pcall(s.req.fail)) out("still alive", s.req.get()) out("error in post", s.post.fail()) out("still alive", s.req.get())
	out("unknown response", pcall(function() return s.req.nosuch end)) out("unknown accept", pcall(function() return s.post.nosuch end))
	out("blocking", s.req.slow(2)) out("self", s.req.self() == s.handle)
	out("bind", snax.bind(s.handle, "counter").req.get())
	out("hotfix", snax.hotfix(s, "local value function response.get() return 'fixed', value end function hotfix(...) value = value * 2 return 'hotfixed', ... end", "arg")) out("after hotfix", s.req.get()) s.post.add(1) out("state is kept", s.req.get())
	out("hotfix of nothing known", (pcall(snax.hotfix, s, "function response.nosuch() end")))
	local u = snax.uniqueservice("counter", "unique", { start = 1 }) out("unique", snax.uniqueservice("counter").handle == u.handle, snax.queryservice("counter").handle == u.handle, u.req.get())
	out("kill", snax.kill(s, "bye")) out("dead", (pcall(s.req.get))) out("post to the dead", (pcall(s.post.add, 1)))
	out("missing", (pcall(snax.newservice, "no_such_snax"))) out("init fails", (pcall(snax.newservice, "counter", "fail")))
	skynet.abort()
end)
