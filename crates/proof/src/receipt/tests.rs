//! A proof file holds what it says, and nothing that was changed in it.

use super::*;
use crate::entry::Texts;
use crate::note::{KeyKind, Signer};
use crate::tree::{Leaves, inclusion, leaf, root_of};

fn log_key() -> Signer {
    Signer::from_seed("kelderby.example/log", KeyKind::Log, &[1; 32]).unwrap()
}

fn witness_key() -> Signer {
    Signer::from_seed("ashdale.example/witness", KeyKind::Witness, &[2; 32]).unwrap()
}

/// The proof of an entry with `people`, shown to all or to `only`, in a log of `size`.
fn receipt(people: usize, only: Option<usize>, size: u64) -> Receipt {
    let index = size / 2;
    let subjects = (0..people).map(|number| format!("{{\"person\":{number},\"relation\":1}}")).collect();
    let facts = format!("{{\"entry\":{},\"at_ms\":1795341600000,\"name\":\"Dr \u{201c}Khan\u{201d}\"}}", index + 1);
    let texts = Texts { facts, details: "{\"count\":1}".into(), subjects };
    let salt = Salt([9; SALT_BYTES]);
    let mut leaves: Vec<Hash> = (0..size).map(|number| leaf(&[&number.to_le_bytes()])).collect();
    leaves[usize::try_from(index).unwrap()] = texts.leaf(salt);
    let Ok(path) = inclusion(&mut Leaves(&leaves), index, size);
    let head = Checkpoint { origin: "kelderby.example/log".into(), size, root: root_of(&leaves) };
    let mut checkpoint = head.sign(&log_key());
    checkpoint.add(witness_key().cosign(&head.to_string(), 1_795_341_660));
    Receipt { entry: texts.disclose(salt, only), index, path, checkpoint }
}

fn check(receipt: &Receipt) -> Result<Checked, ProofError> {
    receipt.check(log_key().verifier(), &[witness_key().verifier().clone()])
}

#[test]
fn what_was_written_is_read_again_and_holds() {
    for (people, only) in [(0, None), (1, None), (1, Some(0)), (3, None), (3, Some(1)), (17, Some(16))] {
        for size in [1, 2, 7, 300] {
            let receipt = receipt(people, only, size);

            let read = Receipt::parse(&receipt.to_string()).unwrap();

            assert_eq!(read, receipt);
            let checked = check(&read).unwrap();
            assert_eq!((checked.entry, checked.size), (size / 2 + 1, size));
            assert_eq!(checked.witnesses, [("ashdale.example/witness".to_owned(), 1_795_341_660)]);
        }
    }
}

#[test]
fn several_proofs_stand_in_one_file() {
    let text = format!("{}\n{}", receipt(1, None, 5), receipt(3, Some(2), 9));

    let read = Receipt::parse_all(&text.replace('\n', "\r\n")).unwrap();

    assert_eq!(read, [receipt(1, None, 5), receipt(3, Some(2), 9)]);
    assert!(Receipt::parse_all("something else").is_err());
}

#[test]
fn a_proof_with_any_bit_flipped_proves_nothing_else() {
    let good = receipt(3, Some(1), 7);
    let text = good.to_string();
    let mut survived = Vec::new();
    for bit in 0..text.len() * 8 {
        let mut bytes = text.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Ok(text) = String::from_utf8(bytes) else { continue };
        if let Ok(read) = Receipt::parse_all(&text)
            && let Ok(checked) = read[0].check(log_key().verifier(), &[witness_key().verifier().clone()])
        {
            survived.push((bit, read, checked));
        }
    }
    // A broken cosignature leaves a proof with one witness fewer; nothing else may survive.
    for (bit, read, checked) in survived {
        assert_eq!(read[0].entry, good.entry, "bit {bit}");
        assert!(checked.witnesses.is_empty(), "bit {bit}");
    }
}

#[test]
fn another_log_s_key_and_an_unknown_witness_prove_nothing() {
    let receipt = receipt(1, None, 3);
    let other = Signer::from_seed("kelderby.example/log", KeyKind::Log, &[5; 32]).unwrap();

    assert!(receipt.check(other.verifier(), &[]).is_err());
    assert!(receipt.check(witness_key().verifier(), &[]).is_err());
    assert_eq!(check(&receipt).unwrap().witnesses.len(), 1);
    assert!(receipt.check(log_key().verifier(), &[]).unwrap().witnesses.is_empty());
}

#[test]
fn the_proof_of_an_entry_of_a_million_is_at_most_a_kilobyte_without_entry_and_checkpoint() {
    let mut receipt = receipt(1, None, 3);
    receipt.path = vec![receipt.path[0]; 20];

    let text = receipt.to_string();

    let (_, proof) = text.split_once("\n\n").unwrap();
    let checkpoint = receipt.checkpoint.to_string().len();
    println!(
        "path and index of one in a million: {} bytes; checkpoint with one cosignature: {checkpoint}",
        proof.len() - checkpoint
    );
    assert!(proof.len() - checkpoint <= 1_000);
}
