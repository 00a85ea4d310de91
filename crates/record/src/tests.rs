//! Tests of the door are in the integration tests of the binary, where a `World` can be built; here is what they cannot see.
