require "mod.circle_a" return {}
