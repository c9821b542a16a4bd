-- exit: 1
-- out: endless
-- Endless while the file is loaded.
local skynet = require "skynet"
require "skynet.manager"
do
	print("> begin")
	while true do end
	print("> never")
end
