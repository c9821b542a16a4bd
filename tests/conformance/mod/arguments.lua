local name, path = ... return { name, (path:gsub("^.*/", "")) }
