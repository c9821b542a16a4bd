/^\[:[0-9a-f]{8}\] /!d
s#\x1b\[[0-9;]*m##g
/^\[:0000000[1-7]\] (LAUNCH|KILL self)/d
s#@?[^ ]*\.lua:[0-9]+: ##g
s#@[^ ]*/([A-Za-z0-9_]+\.lua:[0-9]+)#@\1#g
s#cannot open [^ ]*/#cannot open #g
s#(thread|table|function|userdata): (0x)?[0-9a-fx]+#\1: ADDR#g
s#\(line:[0-9]+\)#(line)#g
s#(<TRACE [^>]*>) [0-9]+ ([^:]*)( : @.*)?$#\1 TIME \2#
