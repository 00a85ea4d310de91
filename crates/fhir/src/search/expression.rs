//! The part of FHIRPath that R4 search parameters are written in, read into steps.
//!
//! It is small: paths, unions, `as`, `ofType`, `where` with four kinds of test, `extension`, an index, `%resource` and one
//! "is there and is not false". Whatever else turns up is refused by name, so that a new definition cannot be
//! half understood. What the steps mean for a type is worked out in `paths`.

use thiserror::Error;

/// One alternative of a union.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Alternative<'e> {
    /// A path from its context, or from `%resource`.
    Path {
        /// Starts at the resource although the context is an element of it.
        from_resource: bool,
        /// What to walk.
        steps: Vec<Step<'e>>,
    },
    /// `X.exists() and X != false`: always one boolean.
    ExistsAndIsNotFalse(Vec<Step<'e>>),
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step<'e> {
    /// `name`
    Child(&'e str),
    /// `as T`, `.as(T)`, `.ofType(T)`
    As(&'e str),
    /// `[n]`
    Index(usize),
    /// `.extension('url')`
    Extension(&'e str),
    /// `.where(..)`
    Where(Test<'e>),
}

/// What `where` asks of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test<'e> {
    /// `name = 'text'`
    Equals(&'e str, &'e str),
    /// `resolve() is Type`
    ResolvesTo(&'e str),
    /// `hasExtension('url')`
    HasExtension(&'e str),
}

/// An expression with something that R4 search parameters do not use.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the search expression `{expression}` uses `{part}`, which the path compiler does not know")]
pub struct ExpressionError {
    /// The whole expression.
    pub expression: String,
    /// From where on it was not understood.
    pub part: String,
}

/// Reads an expression into its alternatives.
pub(super) fn read(expression: &str) -> Result<Vec<Alternative<'_>>, ExpressionError> {
    let refuse = |part: &str| ExpressionError { expression: expression.to_owned(), part: part.to_owned() };
    unions(expression).into_iter().map(|alternative| read_alternative(alternative).map_err(refuse)).collect()
}

/// Cuts at `|` outside parentheses and quotes.
fn unions(expression: &str) -> Vec<&str> {
    let (mut depth, mut quoted) = (0_i32, false);
    let cut = |sign: char| {
        match sign {
            '\'' => quoted = !quoted,
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        sign == '|' && depth == 0 && !quoted
    };
    expression.split(cut).map(str::trim).collect()
}

fn read_alternative(text: &str) -> Result<Alternative<'_>, &str> {
    if let Some((left, right)) = text.split_once(" and ") {
        let path = left.trim().strip_suffix(".exists()").ok_or(left)?;
        if right.trim().strip_suffix("!= false").map(str::trim) != Some(path) {
            return Err(right);
        }
        return Ok(Alternative::ExistsAndIsNotFalse(read_steps(path)?));
    }
    let (from_resource, path) = match text.strip_prefix("%resource.") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    Ok(Alternative::Path { from_resource, steps: read_steps(path)? })
}

/// `(A.b as C).d` and `A.b as C` and `A.b.where(..)`.
fn read_steps(text: &str) -> Result<Vec<Step<'_>>, &str> {
    let text = text.trim();
    let (mut steps, rest) = match text.strip_prefix('(') {
        Some(inner) => {
            let (inner, rest) = inner.split_once(')').ok_or(text)?;
            (read_steps(inner)?, rest)
        }
        None => (Vec::new(), text),
    };
    let (path, cast) = match rest.split_once(" as ") {
        Some((path, cast)) => (path.trim(), Some(name_only(cast.trim())?)),
        None => (rest, None),
    };
    for part in dots(path) {
        read_part(part, &mut steps)?;
    }
    steps.extend(cast.map(Step::As));
    Ok(steps)
}

/// Cuts at `.` outside parentheses and quotes; an empty first part comes of a path that goes on after `)`.
fn dots(path: &str) -> impl Iterator<Item = &str> {
    let (mut depth, mut quoted) = (0_i32, false);
    let cut = move |sign: char| {
        match sign {
            '\'' => quoted = !quoted,
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        sign == '.' && depth == 0 && !quoted
    };
    path.split(cut).filter(|part| !part.is_empty())
}

fn read_part<'e>(part: &'e str, steps: &mut Vec<Step<'e>>) -> Result<(), &'e str> {
    if let Some((name, index)) = part.strip_suffix(']').and_then(|part| part.split_once('[')) {
        steps.push(Step::Child(name_only(name)?));
        steps.push(Step::Index(index.parse().map_err(|_| part)?));
        return Ok(());
    }
    let Some((function, argument)) = part.strip_suffix(')').and_then(|part| part.split_once('(')) else {
        steps.push(Step::Child(name_only(part)?));
        return Ok(());
    };
    steps.push(match function {
        "as" | "ofType" => Step::As(name_only(argument)?),
        "extension" => Step::Extension(quoted(argument).ok_or(part)?),
        "where" => Step::Where(read_test(argument).ok_or(part)?),
        _ => return Err(part),
    });
    Ok(())
}

fn read_test(text: &str) -> Option<Test<'_>> {
    if let Some(kind) = text.strip_prefix("resolve() is ") {
        return name_only(kind.trim()).ok().map(Test::ResolvesTo);
    }
    if let Some(url) = text.strip_prefix("hasExtension(").and_then(|rest| rest.strip_suffix(')')) {
        return quoted(url).map(Test::HasExtension);
    }
    let (name, value) = text.split_once('=')?;
    Some(Test::Equals(name_only(name.trim()).ok()?, quoted(value.trim())?))
}

fn quoted(text: &str) -> Option<&str> {
    text.strip_prefix('\'')?.strip_suffix('\'')
}

fn name_only(text: &str) -> Result<&str, &str> {
    let is_name = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_name { Ok(text) } else { Err(text) }
}

#[cfg(test)]
mod tests {
    use super::{Alternative, Step, Test, read};

    fn path(steps: Vec<Step<'_>>) -> Alternative<'_> {
        Alternative::Path { from_resource: false, steps }
    }

    #[test]
    fn a_union_of_casts_is_read() {
        let read = read("(Observation.value as CodeableConcept).text | Condition.onset.as(Age)").expect("reads");

        let text = [Step::Child("Observation"), Step::Child("value"), Step::As("CodeableConcept"), Step::Child("text")];
        let onset = [Step::Child("Condition"), Step::Child("onset"), Step::As("Age")];
        assert_eq!(read, [path(text.to_vec()), path(onset.to_vec())]);
    }

    #[test]
    fn a_condition_is_read_with_its_dots_and_bars() {
        let read = read("Account.subject.where(resolve() is Patient) | A.b.where(url='http://x.y|1')").expect("reads");

        let subject = vec![Step::Child("Account"), Step::Child("subject"), Step::Where(Test::ResolvesTo("Patient"))];
        let other = vec![Step::Child("A"), Step::Child("b"), Step::Where(Test::Equals("url", "http://x.y|1"))];
        assert_eq!(read, [path(subject), path(other)]);
    }

    #[test]
    fn the_deceased_rule_is_read() {
        let read = read("Patient.deceased.exists() and Patient.deceased != false").expect("reads");

        assert_eq!(read, [Alternative::ExistsAndIsNotFalse(vec![Step::Child("Patient"), Step::Child("deceased")])]);
    }

    #[test]
    fn an_unknown_function_is_refused_by_name() {
        let error = read("Patient.name.first()").expect_err("refused");

        assert_eq!(error.part, "first()");
    }
}
