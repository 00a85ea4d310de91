//! National role codes and our roles: what the operator has written down, and nothing else.
//!
//! A code says a job, not what somebody may see in this place; only whoever runs the locality can say that. So there is no table of
//! ours: a code that the configuration does not name gives no role, and a person without a role is told so.

use super::claims::NationalRole;
use gate::Role;

/// One line of the configuration: somebody with this code works here in this role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownRole {
    /// A national code, whole (`S8000:G8000:R8001`) or its last part (`R8001`).
    pub code: String,
    /// The role here.
    pub role: Role,
    /// ODS codes of the organisations where it holds; everywhere when empty.
    pub at: Vec<String>,
}

/// Whether a sign-in may give a role to a member of staff: neither those of the public nor those of programs.
#[must_use]
pub const fn can_be_given(role: Role) -> bool {
    !role.is_public() && !role.is_machine()
}

/// Our role for a national role: of the lines that fit, the one that says most, and of equals the first.
pub(super) fn role_of(known: &[KnownRole], national: &NationalRole) -> Option<Role> {
    let job = national.role_code.rsplit(':').next().unwrap_or_default();
    let fits = |line: &&KnownRole| {
        let is_code = line.code == national.role_code || line.code == job;
        is_code && (line.at.is_empty() || line.at.contains(&national.org_code)) && can_be_given(line.role)
    };
    let says_most = |line: &&KnownRole| (line.code == national.role_code && line.code != job, !line.at.is_empty());
    // Of equals `max_by_key` takes the last, so the lines are read backwards.
    known.iter().rev().filter(fits).max_by_key(says_most).map(|line| line.role)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(code: &str, role: Role, at: &[&str]) -> KnownRole {
        KnownRole { code: code.to_owned(), role, at: at.iter().map(ToString::to_string).collect() }
    }

    fn national(role_code: &str, org_code: &str) -> NationalRole {
        NationalRole { role_code: role_code.to_owned(), org_code: org_code.to_owned() }
    }

    #[test]
    fn a_code_that_nobody_wrote_down_gives_nothing() {
        let known = [line("R8000", Role::Gp, &[])];

        assert_eq!(role_of(&known, &national("S8000:G8000:R8000", "K81001")), Some(Role::Gp));
        assert_eq!(role_of(&known, &national("R8000", "K81001")), Some(Role::Gp));
        for code in ["S8000:G8000:R8001", "R8000:S8000", "R80000", "", ":"] {
            assert_eq!(role_of(&known, &national(code, "K81001")), None, "{code}");
        }
        assert_eq!(role_of(&[], &national("S8000:G8000:R8000", "K81001")), None);
    }

    #[test]
    fn the_line_that_says_most_decides_and_of_equals_the_first() {
        let known = [
            line("R8000", Role::Clinician, &[]),
            line("R8000", Role::WardClinician, &["RA9"]),
            line("S1:G1:R8000", Role::Gp, &[]),
            line("S1:G1:R8000", Role::SocialWorker, &[]),
        ];

        assert_eq!(role_of(&known, &national("S9:G9:R8000", "K81001")), Some(Role::Clinician));
        assert_eq!(role_of(&known, &national("S9:G9:R8000", "RA9")), Some(Role::WardClinician));
        assert_eq!(role_of(&known, &national("S1:G1:R8000", "RA9")), Some(Role::Gp));
    }

    #[test]
    fn no_line_makes_a_member_of_staff_a_citizen_or_a_program() {
        for role in [Role::Citizen, Role::Proxy, Role::ServiceAccount, Role::App] {
            assert_eq!(role_of(&[line("R1", role, &[])], &national("R1", "K81001")), None, "{role:?}");
        }
    }
}
