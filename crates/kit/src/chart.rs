//! Charts. (placeholder)
