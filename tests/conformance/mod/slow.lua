local skynet = require "skynet"
slow_count = (slow_count or 0) + 1
skynet.sleep(2)
return { count = slow_count }
