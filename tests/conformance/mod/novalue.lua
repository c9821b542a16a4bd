novalue_loaded = (novalue_loaded or 0) + 1
