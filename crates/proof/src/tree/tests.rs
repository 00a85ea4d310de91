//! The tree against the published test vectors, against a naive reading of RFC 6962, and against every flipped bit.

use super::*;
use proptest::prelude::*;

/// RFC 6962, section 2.1, word for word and without any cleverness.
fn naive(leaves: &[Vec<u8>]) -> Hash {
    match leaves.len() {
        0 => Hash(Sha256::digest([]).into()),
        1 => Hash(Sha256::digest([&[0_u8], leaves[0].as_slice()].concat()).into()),
        n => {
            let mut k = 1;
            while k * 2 < n {
                k *= 2;
            }
            let (left, right) = (naive(&leaves[..k]), naive(&leaves[k..]));
            Hash(Sha256::digest([&[1_u8], left.0.as_slice(), right.0.as_slice()].concat()).into())
        }
    }
}

fn hex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|two| u8::from_str_radix(str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

fn some_leaves(count: u64) -> (Vec<Vec<u8>>, Vec<Hash>) {
    let data: Vec<Vec<u8>> = (0..count).map(|number| number.to_le_bytes().to_vec()).collect();
    let hashes = data.iter().map(|data| leaf(&[data])).collect();
    (data, hashes)
}

#[test]
fn the_roots_are_those_of_the_published_vectors() {
    let inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let leaves: Vec<Hash> = inputs.iter().map(|input| leaf(&[&hex(input)])).collect();

    assert_eq!(root_of(&[]).0, *hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    assert_eq!(root_of(&leaves[..1]).0, *hex("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"));
    assert_eq!(root_of(&leaves[..2]).0, *hex("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"));
    assert_eq!(root_of(&leaves).0, *hex("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"));
}

#[test]
fn every_inclusion_and_consistency_of_small_trees_holds() {
    let (data, hashes) = some_leaves(40);
    let roots: Vec<Hash> = (0..=data.len()).map(|size| naive(&data[..size])).collect();

    for new in 0..=40_u64 {
        let mut nodes = Leaves(&hashes);
        assert_eq!(root(&mut nodes, new).unwrap(), roots[usize::try_from(new).unwrap()]);
        let new_root = roots[usize::try_from(new).unwrap()];
        for index in 0..new {
            let path = inclusion(&mut nodes, index, new).unwrap();
            let leaf = hashes[usize::try_from(index).unwrap()];
            assert_eq!(root_by_path(leaf, index, new, &path), Some(new_root), "{index} in {new}");
        }
        for old in 0..=new {
            let path = consistency(&mut nodes, old, new).unwrap();
            let old_root = roots[usize::try_from(old).unwrap()];
            assert!(is_consistent((old, old_root), (new, new_root), &path), "{old} to {new}");
        }
    }
}

proptest! {
    #[test]
    fn the_root_is_that_of_a_naive_recomputation(data in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..90)) {
        let hashes: Vec<Hash> = data.iter().map(|data| leaf(&[data])).collect();

        prop_assert_eq!(root_of(&hashes), naive(&data));
    }

    #[test]
    fn an_inclusion_proof_with_any_bit_flipped_fails(size in 1_u64..300, chosen in any::<u64>(), bit in any::<u64>()) {
        let (_, hashes) = some_leaves(size);
        let index = chosen % size;
        let leaf = hashes[usize::try_from(index).unwrap()];
        let mut path = inclusion(&mut Leaves(&hashes), index, size).unwrap();
        let root = root_of(&hashes);
        prop_assert_eq!(root_by_path(leaf, index, size, &path), Some(root));

        prop_assume!(!path.is_empty());
        let bit = usize::try_from(bit).unwrap() % (path.len() * 256);
        path[bit / 256].0[bit % 256 / 8] ^= 1 << (bit % 8);

        prop_assert_ne!(root_by_path(leaf, index, size, &path), Some(root));
    }

    #[test]
    fn an_inclusion_proof_holds_for_no_other_place_or_leaf(size in 2_u64..300, chosen in any::<u64>(), step in any::<u64>()) {
        let (_, hashes) = some_leaves(size);
        let (index, other) = (chosen % size, (chosen % size + 1 + step % (size - 1)) % size);
        let path = inclusion(&mut Leaves(&hashes), index, size).unwrap();
        let root = Some(root_of(&hashes));
        let [this, that] = [index, other].map(|index| hashes[usize::try_from(index).unwrap()]);

        prop_assert_ne!(root_by_path(that, index, size, &path), root);
        prop_assert_ne!(root_by_path(this, other, size, &path), root);
    }

    #[test]
    fn a_consistency_proof_with_any_bit_flipped_fails(new in 2_u64..300, chosen in any::<u64>(), bit in any::<u64>()) {
        let (_, hashes) = some_leaves(new);
        let old = 1 + chosen % (new - 1);
        let roots = [old, new].map(|size| root_of(&hashes[..usize::try_from(size).unwrap()]));
        let mut path = consistency(&mut Leaves(&hashes), old, new).unwrap();
        prop_assert!(is_consistent((old, roots[0]), (new, roots[1]), &path));
        prop_assert!(!is_consistent((old, roots[1]), (new, roots[1]), &path));
        prop_assert!(!is_consistent((old, roots[0]), (new, roots[0]), &path));

        let bit = usize::try_from(bit).unwrap() % (path.len() * 256);
        path[bit / 256].0[bit % 256 / 8] ^= 1 << (bit % 8);

        prop_assert!(!is_consistent((old, roots[0]), (new, roots[1]), &path));
    }
}
