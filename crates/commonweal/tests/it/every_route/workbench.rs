//! What would be sent to the forms of the privacy officer's workbench and of people's rights.
//!
//! Nothing here succeeds in changing anything of hers: what is locked is an entry that does not exist, cases are those of nobody.

/// The bodies that are sent to the form at this path; none when it is not one of these.
pub fn bodies(path: &str) -> Option<Vec<String>> {
    let number = "nhs_number=9990000018";
    let bodies = match path {
        "/my/rights/ask" => vec!["right=access&wish=Everything".to_owned(), String::new()],
        "/privacy-officer/questions/{case}" | "/privacy-officer/looks/{finding}" => {
            vec!["words=Found".to_owned(), String::new()]
        }
        "/privacy-officer/told-later/{told}" => vec!["step=confirm&words=Found".to_owned(), String::new()],
        "/privacy-officer/rights/record" => {
            let form = "right=access&came=letter&received-day=20&received-month=11&received-year=2026&wish=Everything";
            vec![format!("{form}&{number}"), number.to_owned()]
        }
        "/privacy-officer/rights/{case}" => {
            let steps = ["step=note&words=Called", "step=decide&answer=met&words=Done", "step=extend&words=Complex"];
            steps.map(str::to_owned).to_vec()
        }
        "/privacy-officer/locks" => {
            vec![format!("{number}&reason=Asked&what=entry&entry=Condition/nobd-con"), number.to_owned()]
        }
        "/privacy-officer/locks/{lock}" => vec!["reason=Over".to_owned(), String::new()],
        "/privacy-officer/simulator" => {
            let form = "role=Gp&purpose=DirectCare&organisation=Organization/elm";
            vec![format!("{form}&{number}"), format!("{form}&{number}&entry=Condition/anne-con"), String::new()]
        }
        "/privacy-officer/breaches" => vec!["what=A+list+was+sent&hours=0".to_owned(), String::new()],
        "/privacy-officer/breaches/{case}" => {
            let steps = ["step=contain&words=Stopped", "step=concerned&staff=khan&from=2026-11-01&to=2026-11-30"];
            steps.map(str::to_owned).to_vec()
        }
        _ => return None,
    };
    Some(bodies)
}
