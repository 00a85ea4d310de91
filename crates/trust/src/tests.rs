//! Whole requests: sign-in, sessions, tokens, who looked.
