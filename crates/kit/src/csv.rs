//! Comma-separated values that a spreadsheet opens as they were meant.

/// One line with its end; fields are quoted where needed.
#[must_use]
pub fn line(fields: &[&str]) -> String {
    let fields: Vec<String> = fields.iter().map(|one| field(one)).collect();
    format!("{}\r\n", fields.join(","))
}

/// Quotes a field where needed, and keeps a spreadsheet from reading it as a formula.
fn field(field: &str) -> String {
    let is_number = field.parse::<f64>().is_ok();
    let guarded = if !is_number && field.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{field}")
    } else {
        field.to_owned()
    };
    if guarded.contains([',', '"', '\n', '\r']) { format!("\"{}\"", guarded.replace('"', "\"\"")) } else { guarded }
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn fields_are_quoted_where_needed_and_never_read_as_formulas() {
        assert_eq!(line(&["a", "b, c", "say \"d\""]), "a,\"b, c\",\"say \"\"d\"\"\"\r\n");
        assert_eq!(line(&["=1+1", "-5.5", "@x", ""]), "'=1+1,-5.5,'@x,\r\n");
    }
}
