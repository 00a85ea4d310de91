//! Checks proof files of the access log with nothing but this crate: no server, no record, no network.
//!
//! `cargo run -p proof --example check -- FILE KEY [WITNESS ...]` says of each proof whether it holds under the log's key, and which
//! of the given witnesses signed its checkpoint. It ends with 1 when one does not hold. `commonweal audit check-proof` says the same.

use proof::{Receipt, Verifier};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match check(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::from(2)
        }
    }
}

fn check(arguments: &[String]) -> Result<bool, String> {
    let [file, key, witnesses @ ..] = arguments else {
        return Err(
            "say the file with the proofs, the log's key, and the keys of witnesses if you have some".to_owned()
        );
    };
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file} cannot be read: {error}"))?;
    let parsed = |key: &String| Verifier::parse(key).map_err(|error| format!("{key}: {error}"));
    let key = parsed(key)?;
    let witnesses = witnesses.iter().map(parsed).collect::<Result<Vec<Verifier>, String>>()?;
    let receipts = Receipt::parse_all(&text).map_err(|error| format!("{file}: {error}"))?;
    let mut hold = true;
    for receipt in &receipts {
        match receipt.check(&key, &witnesses) {
            Ok(checked) => {
                let by: Vec<String> = checked.witnesses.into_iter().map(|(name, _)| name).collect();
                let by = if by.is_empty() { "nobody that was given".to_owned() } else { by.join(", ") };
                println!(
                    "entry {} holds: one of {} in {}, cosigned by {by}",
                    checked.entry, checked.size, checked.origin
                );
            }
            Err(error) => {
                hold = false;
                println!("entry {} DOES NOT HOLD: {error}", receipt.index.saturating_add(1));
            }
        }
    }
    Ok(hold)
}
