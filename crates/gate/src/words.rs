//! The closed lists that rules speak about: roles, actions, purposes, and how an asker stands to a person.
//!
//! Each list is complete and small, so that every combination can be asked of the policies at load. Each word carries its
//! name in the policies and a phrase for people. Adding a word here means adding it to `policies/commonweal.cedarschema`;
//! a test compares the two.

/// A language in which people are told things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Welsh.
    Welsh,
}

/// Writes a closed list: the enum, all its members in order, their names in the policies and their phrases for people, in
/// English and after a slash in Welsh.
macro_rules! closed_list {
    ($(#[$doc:meta])* $list:ident { $($(#[$member_doc:meta])* $member:ident => $phrase:literal / $welsh:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $list { $($(#[$member_doc])* $member,)+ }

        impl $list {
            /// Every member, in the order of declaration.
            pub const ALL: &'static [$list] = &[$($list::$member,)+];

            /// The name used in policies, tokens and the log.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $($list::$member => stringify!($member),)+ }
            }

            /// The words that people are shown, in English.
            #[must_use]
            pub const fn phrase(self) -> &'static str {
                match self { $($list::$member => $phrase,)+ }
            }

            /// The words that people are shown.
            #[must_use]
            pub const fn phrase_in(self, language: $crate::words::Language) -> &'static str {
                match language {
                    $crate::words::Language::English => self.phrase(),
                    $crate::words::Language::Welsh => match self { $($list::$member => $welsh,)+ },
                }
            }

            /// The member of this name, if there is one.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|member| member.name() == name)
            }

            /// The number kept in compact places such as the log; never re-used for another meaning.
            #[must_use]
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// The member with this number, if there is one.
            #[must_use]
            pub fn from_code(code: u8) -> Option<Self> {
                Self::ALL.get(usize::from(code)).copied()
            }
        }

        impl std::fmt::Display for $list {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.phrase())
            }
        }
    };
}
pub(crate) use closed_list;

closed_list! {
    /// What somebody is to the platform when asking.
    Role {
        /// A member of the public, about their own record.
        Citizen => "member of the public" / "aelod o'r cyhoedd",
        /// A health or social care professional whose job sign-in did not tell: gets what all professionals get, and no more.
        Clinician => "health or care professional" / "gweithiwr iechyd neu ofal proffesiynol",
        /// Somebody who books and greets people for an organisation.
        Receptionist => "receptionist" / "derbynnydd",
        /// Who watches over the use of records: reads the log, not the record.
        PrivacyOfficer => "privacy officer" / "swyddog preifatrwydd",
        /// Who keeps the platform running: sees no record.
        Administrator => "administrator" / "gweinyddwr",
        /// A system with an access token.
        ServiceAccount => "connected system" / "system gysylltiedig",
        /// A doctor or nurse of a general practice.
        Gp => "GP or practice nurse" / "meddyg teulu neu nyrs practis",
        /// A doctor or nurse of an emergency department or out-of-hours service.
        EmergencyClinician => "emergency doctor or nurse" / "meddyg neu nyrs brys",
        /// A doctor or nurse of a hospital's wards and clinics.
        WardClinician => "hospital doctor or nurse" / "meddyg neu nyrs ysbyty",
        /// Who visits people at home: district nurse, midwife, health visitor.
        CommunityClinician => "community nurse, midwife or health visitor" / "nyrs gymunedol, bydwraig neu ymwelydd iechyd",
        /// A mental health professional.
        MentalHealthClinician => "mental health professional" / "gweithiwr iechyd meddwl proffesiynol",
        /// A pharmacist.
        Pharmacist => "pharmacist" / "fferyllydd",
        /// A social worker or occupational therapist of a council.
        SocialWorker => "social worker" / "gweithiwr cymdeithasol",
        /// A nurse or manager of a care home.
        CareHomeStaff => "care home nurse or manager" / "nyrs neu reolwr cartref gofal",
        /// A paramedic of an ambulance service.
        Paramedic => "paramedic" / "parafeddyg",
        /// Who puts codes on finished stays, for payment and statistics.
        ClinicalCoder => "clinical coder" / "codydd clinigol",
        /// The senior person who answers for confidentiality in an organisation.
        CaldicottGuardian => "Caldicott guardian" / "gwarcheidwad Caldicott",
        /// Who keeps the hazard log of the platform: sees no record.
        SafetyOfficer => "clinical safety officer" / "swyddog diogelwch clinigol",
        /// Who plans services with figures: sees nobody's entries.
        Analyst => "analyst" / "dadansoddwr",
        /// Who does approved research: sees nobody's entries.
        Researcher => "researcher" / "ymchwilydd",
        /// A member of the public with the record of somebody open for whom she acts.
        Proxy => "person who acts for somebody" / "person sy'n gweithredu ar ran rhywun",
        /// An app that a person has connected to her own record.
        App => "connected app" / "ap cysylltiedig",
    }
}

impl Role {
    /// Whether whoever has this role gives care: finds people and opens records of those with a care relationship.
    #[must_use]
    pub const fn is_professional(self) -> bool {
        match self {
            Role::Clinician
            | Role::Gp
            | Role::EmergencyClinician
            | Role::WardClinician
            | Role::CommunityClinician
            | Role::MentalHealthClinician
            | Role::Pharmacist
            | Role::SocialWorker
            | Role::CareHomeStaff
            | Role::Paramedic => true,
            Role::Citizen
            | Role::Receptionist
            | Role::PrivacyOfficer
            | Role::Administrator
            | Role::ServiceAccount
            | Role::ClinicalCoder
            | Role::CaldicottGuardian
            | Role::SafetyOfficer
            | Role::Analyst
            | Role::Researcher
            | Role::Proxy
            | Role::App => false,
        }
    }

    /// Whether whoever has this role works with records of an organisation's people: gives care, books or codes.
    #[must_use]
    pub const fn is_staff(self) -> bool {
        self.is_professional() || matches!(self, Role::Receptionist | Role::ClinicalCoder)
    }

    /// Whether it is a member of the public, in her own record or in that of somebody for whom she acts.
    #[must_use]
    pub const fn is_public(self) -> bool {
        matches!(self, Role::Citizen | Role::Proxy)
    }

    /// Whether it is a program, which can do what the scopes of its token say at most.
    #[must_use]
    pub const fn is_machine(self) -> bool {
        matches!(self, Role::ServiceAccount | Role::App)
    }
}

closed_list! {
    /// What an asker wants to do.
    Action {
        /// Read one entry whose id is known, as it is or as it was.
        Read => "read" / "darllen",
        /// Look for entries.
        Search => "search" / "chwilio",
        /// Read earlier versions.
        History => "read earlier versions of" / "darllen fersiynau cynharach",
        /// Add an entry.
        Create => "add" / "ychwanegu",
        /// Change an entry.
        Update => "change" / "newid",
        /// Remove an entry.
        Delete => "remove" / "dileu",
        /// Take a copy out of the platform.
        Export => "take a copy of" / "cymryd copi",
        /// Bring many entries in at once.
        Import => "bring in" / "dod â data i mewn",
    }
}

closed_list! {
    /// What the data are wanted for.
    Purpose {
        /// Care of the person concerned.
        DirectCare => "direct care" / "gofal uniongyrchol",
        /// A person looks after her own record.
        OwnRecord => "a person's own record" / "cofnod y person ei hun",
        /// Running the service: booking, registration, the platform itself.
        Administration => "administration" / "gweinyddu",
        /// Watching over who looked at records.
        Audit => "audit" / "archwilio",
        /// Planning services for many people.
        Planning => "planning services" / "cynllunio gwasanaethau",
        /// Approved research.
        Research => "research" / "ymchwil",
        /// Protecting somebody from harm.
        Safeguarding => "safeguarding" / "diogelu",
        /// An emergency in which the usual conditions cannot be met.
        BreakGlass => "an emergency" / "argyfwng",
        /// Finding out who signs in: asked by the platform alone.
        SignIn => "signing somebody in" / "mewngofnodi rhywun",
    }
}

closed_list! {
    /// How the record that is asked for stands to the asker.
    Relation {
        /// The asker's own record.
        Own => "their own record" / "eu cofnod eu hunain",
        /// The record of somebody with whom the asker has a relationship of care (see [`RelationKind`]).
        Related => "people with a care relationship" / "pobl sydd â pherthynas gofal",
        /// Any record, and what is in nobody's record.
        Anyone => "anyone" / "unrhyw un",
        /// Nobody's record: organisations, staff, free slots, definitions.
        Nobody => "nobody's record" / "cofnod neb",
    }
}

closed_list! {
    /// Why somebody has a relationship of care with a person; read from the record itself.
    RelationKind {
        /// The person is registered with the practice.
        RegisteredPractice => "you are registered there" / "rydych chi wedi cofrestru yno",
        /// A contact with the person is open.
        OpenEncounter => "you were in their care at the time" / "roeddech chi yn eu gofal ar y pryd",
        /// The person has, or just had, an appointment.
        Appointment => "you had an appointment there" / "roedd gennych chi apwyntiad yno",
        /// The person was referred.
        Referral => "you were referred there" / "cawsoch eich atgyfeirio yno",
        /// The person is on the caseload.
        Caseload => "you are on their caseload" / "rydych chi ar eu rhestr achosion",
        /// The person lives there.
        Residence => "you live there" / "rydych chi'n byw yno",
        /// Nothing in the record says so: the professional declared an emergency.
        Emergency => "they declared an emergency" / "fe wnaethon nhw ddatgan argyfwng",
        /// The person chose this pharmacy for her prescriptions.
        NominatedPharmacy => "you chose this pharmacy" / "fe wnaethoch chi ddewis y fferyllfa hon",
        /// Nothing in the record says so: the professional said it, with a reason.
        SelfClaimed => "they said that they care for you" / "fe ddywedon nhw eu bod yn gofalu amdanoch chi",
    }
}

impl RelationKind {
    /// A whole sentence about an organisation or professional, for people: "Elm Surgery is the practice where you are registered."
    #[must_use]
    pub fn sentence(self, organisation: &str) -> String {
        match self {
            RelationKind::RegisteredPractice => format!("{organisation} is the practice where you are registered."),
            RelationKind::OpenEncounter => format!("You were in the care of {organisation} at the time."),
            RelationKind::Appointment => format!("You had an appointment with {organisation}."),
            RelationKind::Referral => format!("You were referred to {organisation}."),
            RelationKind::Caseload => format!("You are on the caseload of {organisation}."),
            RelationKind::Residence => format!("{organisation} is where you live."),
            RelationKind::Emergency => format!("{organisation} declared an emergency to open your record."),
            RelationKind::NominatedPharmacy => format!("{organisation} is the pharmacy that you chose."),
            RelationKind::SelfClaimed => format!("{organisation} said that they care for you."),
        }
    }
}
