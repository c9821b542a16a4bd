-- exit: 1
-- instructions: 20000000
-- out: endless
-- Endless while the file is loaded.
local skynet = require "skynet"
require "skynet.manager"
do
	print("> begin")
	while true do end
	print("> never")
end
