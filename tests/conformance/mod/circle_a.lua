require "mod.circle_b" return {}
