-- Compared with stock Lua: run in an empty working directory, prints nothing that differs between runs.
local function show(...)
  local out = {}
  for i = 1, select("#", ...) do
    local v = (select(i, ...))
    local t = io.type(v) or type(v) == "function" and "function" or tostring(v)
    out[i] = math.type(v) and t or type(v) == "string" and string.format("%q", v) or t
  end
  print(table.concat(out, " | "))
end
local function try(f, ...) show(pcall(f, ...)) end
local function put(path, text) local f = assert(io.open(path, "w")); f:write(text); f:close() end
local function get(path) local f = assert(io.open(path)); local t = f:read("a"); f:close(); return t end

show(io.open("none"))
show(io.open("none/x", "w"))
show(io.open("", "w"))
show(io.open(".", "w"))
for _, mode in ipairs { "", "x", "rw", "r+", "rb", "r+b", "rbb", "br", "w+x", "a+bb", "+r", "rt" } do
  try(function() local f, e, c = io.open("none2", mode); if f then f:close() os.remove("none2") end return f and true, e, c end)
end
try(io.open)
try(io.open, {})
try(io.open, "a", {})
put("a.txt", "one\ntwo\n\nfour")
show(io.open("a.txt/x"))
show(io.open("a.txt/"))
show(io.open("new.txt/", "w"))

-- formats
local f = io.open("a.txt")
show(f:read()) show(f:read("l", "L", "l")) show(f:read("l")) show(f:read("a")) show(f:read("a")) show(f:read(0))
show(f:seek("set", 2)) show(f:read(0)) show(f:read(3)) show(f:read(100)) show(f:read(1))
show(f:seek("set", 0)) show(f:read("*l", "*L", 2, "a", "l"))
show(f:seek("end")) show(f:seek("end", -2)) show(f:seek("cur", -1)) show(f:seek()) show(f:seek("set"))
show(f:seek("set", -1)) show(f:seek("cur", -100)) show(f:seek("set", 1000)) show(f:read("a")) show(f:read("l")) show(f:seek())
try(f.seek, f, "bad") try(f.seek, f, "set", "x") try(f.seek, f, "set", 1.5) try(f.seek, f, "end", math.mininteger)
try(f.read, f, "x") try(f.read, f, "") try(f.read, f, {}) try(f.read, f, 1.5) try(f.read, f, "*") try(f.read, f, true)
f:seek("set")
try(f.read, f, "l", "x") show(f:read("l"))
try(f.read, f, -1) try(f.read, f, 2^60) try(f.read, f, math.maxinteger)
show(#tostring(f) > 10, tostring(f):match("^file %(0x") ~= nil)
show(f:write("x")) show(f:write("")) show(f:write(1, "y", 2.5)) show(f:write())
show(f:close()) try(f.close, f) try(f.read, f) try(f.write, f, "x") try(f.lines, f) try(f.seek, f) try(f.flush, f) try(f.setvbuf, f, "no")
show(tostring(f), io.type(f))
try(f.read) try(f.read, 1) try(f.read, io) try(f.read, setmetatable({}, getmetatable(f)))

-- numbers
put("n.txt", "  12 -0x1F 3.5e2 0x.8p1 .5 1e+ 5 0x 7 nan 8 --9 1..2 +4,5 00012 1e400 0xffffffffffffffffff " .. ("9"):rep(250) .. " 3")
f = io.open("n.txt")
for _ = 1, 8 do show(f:read("n")) end
for _ = 1, 30 do show(f:read("n", 1)) end
f:seek("set") show(f:read("n", "n", "n", "n", "n", "n", "n"))
show(f:read("l") ~= nil) show(f:read("n")) f:close()
put("n.txt", "\t\n\v\f\r 7x") f = io.open("n.txt") show(f:read("n", "a")) f:close()
put("n.txt", ("1"):rep(200) .. " " .. ("1"):rep(201) .. " 5") f = io.open("n.txt") show(f:read("n")) show(f:read("n")) show(f:read("l")) f:close()

-- writing
f = io.open("w.txt", "w")
show(f:write("abc", 1, " ", 2.5, " ", 1.0, " ", 1e100, " ", -0.0, " ", math.mininteger, " ", 1/0)) show(f:seek())
show(f:read("a")) show(f:read("l")) show(f:read(0)) show(f:read("n")) try(f.read, f, "x")
try(f.write, f, {}) try(f.write, f, "k", nil) try(f.write, f, true)
show(f:setvbuf("no")) show(f:setvbuf("full", 1024)) show(f:setvbuf("line")) try(f.setvbuf, f) try(f.setvbuf, f, "x") try(f.setvbuf, f, "full", "x")
show(f:flush()) show(f:close()) show(get("w.txt"))
f = io.open("w.txt", "r+") show(f:seek()) f:write("XYZ") show(f:seek()) show(f:seek("set", 1)) show(f:read(4)) f:seek("end") f:write("!") f:seek("set", 30) f:close() show(get("w.txt"))
f = io.open("w.txt", "a") show(f:seek()) f:write("1") show(f:seek()) f:seek("set") f:write("2") show(f:seek()) show(f:read("a")) f:close() show(get("w.txt"))
f = io.open("w.txt", "a+") show(f:seek()) show(f:read(3)) f:write("3") show(f:seek()) f:seek("set", 0) show(f:read("a")) f:close()
f = io.open("w.txt", "w+") show(f:read("a")) f:write("hello") f:seek("set", 8) f:write("gap") f:seek("set") show(f:read("a")) f:close()
f = io.open("bin", "wb") f:write("\0\r\n\1\0") f:close() f = io.open("bin", "rb") show(f:read("L", "a")) f:close()
show(io.open("bin", "w"):close()) show(get("bin"))

-- lines
for l in io.lines("a.txt") do show(l) end
for l in io.lines("a.txt", "L") do show(l) end
for a, b in io.lines("a.txt", 1, 3) do show(a, b) end
for n in io.lines("a.txt", 5) do show(n) end
try(io.lines, "none") try(io.lines, {}) try(io.lines, "a.txt", "x")
try(function() for l in io.lines("a.txt", "x") do end end)
try(function() for l in io.lines(".") do end end)
f = io.open("a.txt") for l in f:lines() do show(l) break end show(f:read("l")) for l in f:lines("L") do show(l) end show(io.type(f)) 
local it = f:lines() show(it()) f:close() try(it)
local it = io.lines("a.txt") while it() do end try(it)
show(select("#", io.lines("a.txt")))
local _, _, _, c = io.lines("a.txt") show(io.type(c)) c:close() show(io.type(c))
f = io.open("a.txt") try(f.lines, f, table.unpack({}, 1, 250)) try(f.lines, f, table.unpack({}, 1, 251)) f:close()
f = io.open("lw.txt", "w") try(function() for l in f:lines() do end end) f:close()

-- default files
show(io.output() == io.stdout, io.input() == io.stdin, io.type(io.stderr))
show(io.output("out.txt")) show(io.write("a", 1, "b") == io.output()) show(io.flush()) show(io.close()) show(io.type(io.output()))
try(io.write, "x") try(io.close) try(io.flush)
io.output(io.stdout)
show(get("out.txt"))
try(io.input, "none") try(io.input, {}) try(io.output, "none/x") try(io.input, f)
io.input("a.txt") show(io.read()) show(io.read("n", "l")) for l in io.lines() do show(l) end show(io.read()) show(io.read("a")) try(io.read, "x") try(io.read, "l", "x")
show(io.close(io.input())) try(io.read) try(io.lines) io.input(io.stdin)
try(io.stdout.close, io.stdout) show(io.stdout:close()) show(io.type(io.stdout)) show(io.stdin:read("a")) show(io.stdin:read("l")) show(io.stdin:read(0)) show(io.read("n"))
show(io.stdout:write("") == io.stdout) show(io.type(1), io.type(nil), io.type({})) try(io.type)
try(io.popen, "ls", "x") try(io.popen)

-- directories, removal, renaming
f = io.open(".") show(f and true) show(f:read("a")) show(f:read("l")) show(f:read(1)) show(f:read(0)) f:close()
show(os.remove("none")) show(os.remove("none/x")) show(os.remove("a.txt/x")) show(os.remove("out.txt")) show(io.open("out.txt")) try(os.remove) try(os.rename, "x")
show(os.rename("none", "x")) show(os.rename("w.txt", "none/x")) show(os.rename("w.txt", "v.txt")) show(get("v.txt")) show(os.rename("v.txt", "bin")) show(get("bin")) show(os.rename("bin", "."))
f = io.open("bin") show(os.remove("bin")) show(f:read("a")) f:close() show(io.open("bin"))

-- tmpfile, collection, closing
f = io.tmpfile() f:write("temp") f:seek("set") show(f:read("a")) show(f:close())
do local g = io.open("gc.txt", "w") g:write("kept") end collectgarbage() show(get("gc.txt"))
do local g <close> = io.open("gc.txt") f = g end show(io.type(f))
pcall(io.open, "gc.txt", "q") collectgarbage()
local mt = getmetatable(io.stdout)
show(mt.__name, mt.__index == mt, type(mt.__index), mt.__gc == mt.__close, mt.__metatable)
local keys = {} for k in pairs(mt) do keys[#keys + 1] = k end table.sort(keys) show(table.concat(keys, ","))
keys = {} for k in pairs(mt.__index) do keys[#keys + 1] = k end table.sort(keys) show(table.concat(keys, ","))
keys = {} for k in pairs(io) do keys[#keys + 1] = k end table.sort(keys) show(table.concat(keys, ","))
keys = {} for k in pairs(os) do keys[#keys + 1] = k end table.sort(keys) show(table.concat(keys, ","))
try(mt.__gc) try(mt.__gc, {}) try(mt.__tostring, 1) try(mt.__gc, f) show(mt.__gc(io.stdout))
-- many files at once, and many handles dropped
for i = 1, 300 do local g = io.open("many" .. i, "w") g:write(i) end
collectgarbage() local sum = 0 for i = 1, 300 do sum = sum + get("many" .. i) end show(sum)
print(select("#", print()), 1.0, nil, true, "x\0y")
try(print, setmetatable({}, { __tostring = function() return 1 end }))
print(setmetatable({}, { __tostring = function() return "own" end, __name = "N" }))
