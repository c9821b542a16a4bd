return again_c()
