-- Compared with LuaFileSystem 1.8 on stock Lua: run in an empty working directory.
local lfs = require "lfs"
local function show(...)
  local out = {}
  for i = 1, select("#", ...) do
    local v = (select(i, ...))
    out[i] = type(v) == "string" and string.format("%q", v) or tostring(v)
  end
  print(table.concat(out, " | "))
end
local function try(f, ...) show(pcall(f, ...)) end
local function put(path, text) local f = assert(io.open(path, "w")); f:write(text); f:close() end
local function names(path) local t = {} for n in lfs.dir(path) do t[#t + 1] = n end table.sort(t) return table.concat(t, " ") end
local home = lfs.currentdir()
show(lfs.mkdir("d")) show(lfs.mkdir("d")) show(lfs.mkdir("no/d")) show(lfs.mkdir("")) show(lfs.mkdir("d/e/")) try(lfs.mkdir) try(lfs.mkdir, {})
put("d/f", "12345") put("g", "x")
show(lfs.mkdir("g")) show(lfs.mkdir("g/x")) show(lfs.mkdir("g/"))
show(names("d")) show(names("d/e"))
show(lfs.rmdir("d")) show(lfs.rmdir("no")) show(lfs.rmdir("d/f")) show(lfs.rmdir("g/x")) try(lfs.rmdir)
show(lfs.chdir("d")) show(names(".")) show(lfs.chdir("no")) show(lfs.chdir("f")) show(io.open("f"):read("a")) show(lfs.chdir("..")) show(lfs.currentdir() == home) show(lfs.chdir("d/./e/..")) show(lfs.currentdir():sub(-2)) lfs.chdir("..") try(lfs.chdir)
local a = lfs.attributes("d/f")
local keys = {} for k in pairs(a) do keys[#keys + 1] = k end table.sort(keys) show(table.concat(keys, " "))
show(a.mode, a.size, a.nlink, a.rdev, a.permissions, a.blksize, math.type(a.modification), a.access == a.modification)
show(lfs.attributes("d").mode, lfs.attributes("d", "mode"), lfs.attributes("d/f", "size"), lfs.attributes("d", "permissions"), lfs.attributes("d", "nlink"))
show(lfs.attributes("no")) show(lfs.attributes("no", "mode")) show(lfs.attributes("g/x")) try(lfs.attributes, "g", "bad") try(lfs.attributes) try(lfs.attributes, "g", 1) show(lfs.attributes("g", false).size)
local t = { old = 1 } show(lfs.attributes("g", t) == t, t.old, t.size)
show(lfs.symlinkattributes("g").mode, lfs.symlinkattributes("g").target) show(lfs.symlinkattributes("g", "target")) show(lfs.symlinkattributes("no")) show(lfs.symlinkattributes("no", "target"))
show(lfs.touch("g", 1000, 2000)) show(lfs.attributes("g", "access"), lfs.attributes("g", "modification")) show(lfs.touch("g", 77)) show(lfs.attributes("g", "modification")) show(lfs.touch("g")) show(lfs.attributes("g", "modification") > 1000) show(lfs.touch("no")) try(lfs.touch) try(lfs.touch, "g", "x") try(lfs.touch, "g", 1, "x") show(lfs.touch("g", 1.7, 5)) show(lfs.attributes("g", "access"))
try(lfs.dir, "no") try(lfs.dir, "g") try(lfs.dir) try(lfs.dir, {})
local next, dir, nothing, close = lfs.dir("d") show(type(next), type(dir), nothing, close == dir)
local count = 0 while next(dir) do count = count + 1 end show(count) try(next, dir) try(next) try(next, io.stdout)
local _, d = lfs.dir("d") show(type(d:next())) d:close() d:close() try(d.next, d)
do local _, _, _, c <close> = lfs.dir("d") end
for _ in lfs.dir("d") do break end
local f = io.open("g") show(lfs.setmode(f, "binary")) show(lfs.setmode(f, "text")) try(lfs.setmode, f, "x") f:close() try(lfs.setmode, f, "text") try(lfs.setmode, 1, "text") try(lfs.setmode)
show(lfs._VERSION) show(_G.lfs == lfs)
os.remove("d/f") show(lfs.rmdir("d/e")) show(lfs.rmdir("d")) show(os.remove("g")) show(names("."))
