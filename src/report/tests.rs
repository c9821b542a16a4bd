//! Rendering, on reports made by hand.
