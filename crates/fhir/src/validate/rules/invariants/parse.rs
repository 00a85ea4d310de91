//! The part of FHIRPath that asks what is there, as claims: `exists`, `empty`, `not`, equality with a code, and logic.
//!
//! Anything else makes the whole expression unreadable here, so that no invariant is half understood. Precedence is
//! FHIRPath's: equality and `in`, then `and`, then `or` and `xor`, then `implies`.

use super::{Claim, Path};
use crate::definitions::definitions;

/// The claim that an expression makes of the elements of a shape; `None` where it needs more than this file reads.
pub(super) fn claim(expression: &'static str, shape: &str) -> Option<Claim> {
    let mut reader = Reader { rest: expression, shape };
    let claim = reader.implication()?;
    reader.rest.trim_start().is_empty().then_some(claim)
}

struct Reader<'s> {
    rest: &'static str,
    shape: &'s str,
}

fn or(one: Claim, other: Claim) -> Claim {
    Claim::Or(Box::new(one), Box::new(other))
}

fn not(claim: Claim) -> Claim {
    Claim::Not(Box::new(claim))
}

impl Reader<'_> {
    fn implication(&mut self) -> Option<Claim> {
        let mut claim = self.disjunction()?;
        while self.word("implies") {
            claim = or(not(claim), self.disjunction()?);
        }
        Some(claim)
    }

    fn disjunction(&mut self) -> Option<Claim> {
        let mut claim = self.conjunction()?;
        loop {
            if self.word("or") {
                claim = or(claim, self.conjunction()?);
            } else if self.word("xor") {
                claim = Claim::Differ(Box::new(claim), Box::new(self.conjunction()?));
            } else {
                return Some(claim);
            }
        }
    }

    fn conjunction(&mut self) -> Option<Claim> {
        let mut claim = self.comparison()?;
        while self.word("and") {
            claim = Claim::And(Box::new(claim), Box::new(self.comparison()?));
        }
        Some(claim)
    }

    fn comparison(&mut self) -> Option<Claim> {
        let claim = self.term()?;
        if self.sign("!=") {
            return Some(Claim::Differ(Box::new(claim), Box::new(self.term()?)));
        }
        if self.sign("=") {
            return Some(not(Claim::Differ(Box::new(claim), Box::new(self.term()?))));
        }
        Some(claim)
    }

    fn term(&mut self) -> Option<Claim> {
        let before = self.rest;
        if self.sign("(") {
            if let Some(claim) = self.counts() {
                return Some(claim);
            }
            self.rest = before;
            self.sign("(");
            let claim = self.implication()?;
            let is_closed = self.sign(")");
            return is_closed.then(|| self.negated(claim));
        }
        self.element()
    }

    /// `a.count() + b.count()) > 0`, after the bracket.
    fn counts(&mut self) -> Option<Claim> {
        let mut paths = Vec::new();
        loop {
            let (path, call) = self.path()?;
            if call != "count" {
                return None;
            }
            paths.push(path);
            if !self.sign("+") {
                break;
            }
        }
        (self.sign(")") && self.sign("> 0")).then_some(Claim::Exists(paths))
    }

    /// `a.b.exists()`, `a = 'x'`, `a in ('x' | 'y')`
    fn element(&mut self) -> Option<Claim> {
        let (path, call) = self.path()?;
        match (call, path.names.as_slice()) {
            ("exists", _) => Some(self.negated(Claim::Exists(vec![path]))),
            ("empty", _) => Some(self.negated(not(Claim::Exists(vec![path])))),
            ("", [name]) => {
                let name = *name;
                if self.sign("!=") {
                    return Some(not(Claim::IsOneOf(name, vec![self.literal()?])));
                }
                if self.sign("=") {
                    return Some(Claim::IsOneOf(name, vec![self.literal()?]));
                }
                let is_list = self.word("in") && self.sign("(");
                let mut values = vec![is_list.then(|| self.literal())??];
                while self.sign("|") {
                    values.push(self.literal()?);
                }
                self.sign(")").then_some(Claim::IsOneOf(name, values))
            }
            _ => None,
        }
    }

    /// Names, and the function called at their end or nothing.
    fn path(&mut self) -> Option<(Path, &'static str)> {
        let mut names = vec![self.name()?];
        let mut call = "";
        while self.sign(".") {
            let name = self.name()?;
            if self.sign("()") {
                call = name;
                break;
            }
            names.push(name);
        }
        let first = names.first()?;
        let is_choice = definitions().element(&format!("{}.{first}[x]", self.shape)).is_some();
        Some((Path { names, is_choice }, call))
    }

    fn negated(&mut self, claim: Claim) -> Claim {
        if self.sign(".not()") { not(claim) } else { claim }
    }

    /// A name of an element begins with a small letter.
    fn name(&mut self) -> Option<&'static str> {
        let text = self.rest.trim_start();
        let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
        let (name, rest) = text.split_at_checked(end)?;
        self.rest = rest;
        name.starts_with(|first: char| first.is_ascii_lowercase()).then_some(name)
    }

    /// A code in quotes, `true` or `false`.
    fn literal(&mut self) -> Option<&'static str> {
        if let Some(text) = self.rest.trim_start().strip_prefix('\'') {
            let (value, rest) = text.split_once('\'')?;
            self.rest = rest;
            return Some(value);
        }
        self.name().filter(|name| matches!(*name, "true" | "false"))
    }

    fn sign(&mut self, sign: &str) -> bool {
        match self.rest.trim_start().strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn word(&mut self, word: &str) -> bool {
        let before = self.rest;
        let is_word = self.sign(word) && !self.rest.starts_with(|c: char| c.is_ascii_alphanumeric());
        if !is_word {
            self.rest = before;
        }
        is_word
    }
}
