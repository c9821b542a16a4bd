require "skynet".sleep(1)
return 1
