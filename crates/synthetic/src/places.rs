//! The made-up town of Kelderby: its districts, streets, and the organisations that care for it.
//!
//! ODS codes begin with ZX, postcodes with KB (no such area exists) and end in ZX, ZY or ZZ, telephone numbers are those
//! that Ofcom keeps for drama. It refuses to name a real place or service. Next: `staff`, who work here.

use crate::chance::Chance;
use crate::codes::ODS;
use crate::shape::{Pen, coded, link, with};
use serde_json::{Value, json};

/// An organisation of the locality.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Organisation {
    /// The logical id, `org-elm-surgery`.
    pub(crate) id: &'static str,
    /// The ODS code.
    pub(crate) ods: &'static str,
    /// The name as people say it.
    pub(crate) name: &'static str,
    /// What it is, in plain words.
    pub(crate) kind: &'static str,
    /// Street and number.
    pub(crate) line: &'static str,
    /// Postcode.
    pub(crate) postcode: &'static str,
    /// The last three digits of its telephone number.
    pub(crate) phone: u32,
}

impl Organisation {
    /// The FHIR reference.
    pub(crate) fn reference(&self) -> String {
        format!("Organization/{}", self.id)
    }

    /// The FHIR reference with the name.
    pub(crate) fn link(&self) -> Value {
        link(&self.reference(), self.name)
    }

    /// The reference to the place where it sees people.
    pub(crate) fn site(&self) -> Value {
        link(&format!("Location/{}", self.site_id()), self.name)
    }

    fn site_id(&self) -> String {
        self.id.replace("org-", "site-")
    }
}

const fn org(
    id: &'static str,
    ods: &'static str,
    name: &'static str,
    kind: &'static str,
    line_and_post: (&'static str, &'static str, u32),
) -> Organisation {
    Organisation { id, ods, name, kind, line: line_and_post.0, postcode: line_and_post.1, phone: line_and_post.2 }
}

/// The six general practices; a person is registered with one of them.
pub(crate) const PRACTICES: [Organisation; 6] = [
    org("org-elm-surgery", "ZXG01", "Elm Surgery", "GP practice", ("12 Elm Road", "KB1 4ZX", 101)),
    org(
        "org-riverside-practice",
        "ZXG02",
        "Riverside Medical Practice",
        "GP practice",
        ("3 Weir Lane", "KB2 1ZY", 102),
    ),
    org("org-market-place", "ZXG03", "Market Place Health Centre", "GP practice", ("40 Market Place", "KB3 7ZZ", 103)),
    org("org-highfield", "ZXG04", "Highfield Surgery", "GP practice", ("1 Beacon Street", "KB4 2ZX", 104)),
    org("org-station-road", "ZXG05", "Station Road Practice", "GP practice", ("88 Station Road", "KB5 9ZY", 105)),
    org("org-old-mill", "ZXG06", "Old Mill Family Practice", "GP practice", ("5 Mill Yard", "KB6 3ZZ", 106)),
];
/// The community pharmacies, one in the area of each practice.
pub(crate) const PHARMACIES: [Organisation; 6] = [
    org("org-elm-pharmacy", "ZXF01", "Elm Road Pharmacy", "Community pharmacy", ("14 Elm Road", "KB1 4ZX", 201)),
    org("org-weir-pharmacy", "ZXF02", "Weir Lane Pharmacy", "Community pharmacy", ("9 Weir Lane", "KB2 1ZY", 202)),
    org("org-market-pharmacy", "ZXF03", "Market Pharmacy", "Community pharmacy", ("22 Market Place", "KB3 7ZZ", 203)),
    org("org-beacon-pharmacy", "ZXF04", "Beacon Pharmacy", "Community pharmacy", ("6 Beacon Street", "KB4 2ZX", 204)),
    org("org-station-pharmacy", "ZXF05", "Station Pharmacy", "Community pharmacy", ("90 Station Road", "KB5 9ZY", 205)),
    org("org-mill-pharmacy", "ZXF06", "Mill Yard Pharmacy", "Community pharmacy", ("7 Mill Yard", "KB6 3ZZ", 206)),
];
/// The hospital trust.
pub(crate) const HOSPITAL: Organisation =
    org("org-hospital", "ZXH01", "Kelderby General Hospital", "Hospital", ("Infirmary Road", "KB3 1ZX", 300));
/// The two care homes.
pub(crate) const CARE_HOMES: [Organisation; 2] = [
    org(
        "org-rowan-house",
        "ZXC01",
        "Rowan House Care Home",
        "Care home with nursing",
        ("2 Rowan Avenue", "KB1 6ZY", 401),
    ),
    org("org-lakeview", "ZXC02", "Lakeview Care Home", "Care home with nursing", ("70 Tarn Road", "KB4 8ZZ", 402)),
];
/// The council's social care team.
pub(crate) const SOCIAL_CARE: Organisation = org(
    "org-social-care",
    "ZXS01",
    "Kelderby Adult Social Care Team",
    "Social care team",
    ("Town Hall", "KB3 7ZY", 501),
);
/// Community nursing and therapy.
pub(crate) const COMMUNITY: Organisation = org(
    "org-community",
    "ZXM01",
    "Kelderby Community Health Services",
    "Community services",
    ("The Hub, Canal Street", "KB2 5ZX", 502),
);
/// The ambulance service.
pub(crate) const AMBULANCE: Organisation =
    org("org-ambulance", "ZXA01", "Kelder Valley Ambulance Service", "Ambulance service", ("Beck Way", "KB5 2ZZ", 503));
/// The body that runs the platform for the community.
pub(crate) const BOARD: Organisation = org(
    "org-board",
    "ZXB01",
    "Kelder Valley Integrated Care Board",
    "Integrated care board",
    ("1 Guildhall Square", "KB3 7ZX", 600),
);

/// A part of the hospital where people are seen or stay.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ward {
    /// The logical id of the Location.
    pub(crate) id: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
    /// Its kind in the role code system of version 3.
    code: (&'static str, &'static str),
}

impl Ward {
    /// The FHIR reference with the name.
    pub(crate) fn link(&self) -> Value {
        link(&format!("Location/{}", self.id), self.name)
    }
}

/// The accident and emergency department.
pub(crate) const EMERGENCY: Ward =
    Ward { id: "ward-emergency", name: "Emergency Department", code: ("ER", "Emergency room") };
/// The outpatient department.
pub(crate) const OUTPATIENTS: Ward =
    Ward { id: "ward-outpatients", name: "Outpatient Clinic", code: ("HOSP", "Hospital") };
/// The wards.
pub(crate) const WARDS: [Ward; 5] = [
    Ward { id: "ward-acute-medical", name: "Acute Medical Unit", code: ("HU", "Hospital unit") },
    Ward { id: "ward-elderly", name: "Bramble Ward (older people)", code: ("HU", "Hospital unit") },
    Ward { id: "ward-general", name: "Cedar Ward (general medicine)", code: ("HU", "Hospital unit") },
    Ward { id: "ward-surgical", name: "Dale Ward (surgery)", code: ("HU", "Hospital unit") },
    Ward { id: "ward-children", name: "Kite Ward (children)", code: ("PEDU", "Pediatric unit") },
];

/// Every organisation, in the order in which they are written.
pub(crate) fn organisations() -> impl Iterator<Item = &'static Organisation> {
    const OTHERS: [Organisation; 5] = [HOSPITAL, SOCIAL_CARE, COMMUNITY, AMBULANCE, BOARD];
    PRACTICES.iter().chain(&PHARMACIES).chain(&OTHERS).chain(&CARE_HOMES)
}

const STREETS: &[&str] = &[
    "Alder Street",
    "Bank Top",
    "Beck Lane",
    "Bridge End",
    "Canal Street",
    "Chapel Row",
    "Church Lane",
    "Cross Hills Road",
    "Fell View",
    "Garth Avenue",
    "Hawthorn Close",
    "Hill Crescent",
    "Ings Road",
    "Kelder Street",
    "Lark Rise",
    "Meadow Walk",
    "Moor Lane",
    "Orchard Way",
    "Park Terrace",
    "Quarry Mount",
    "School Lane",
    "Skell Avenue",
    "Spring Bank",
    "Tanner's Row",
    "Thorn Grove",
    "Union Street",
    "Viaduct Street",
    "Wharf Street",
    "Windmill Rise",
    "Woodside Drive",
];
/// The districts of the town, one around each practice.
const DISTRICTS: [&str; 6] = ["Elmfield", "Riverside", "Town Centre", "Highfield", "Station", "Old Mill"];

/// Where somebody lives.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    /// House number and street, or the care home.
    pub(crate) lines: Vec<String>,
    /// The postcode.
    pub(crate) postcode: String,
}

/// An address in the district of a practice.
pub(crate) fn address(chance: &mut Chance, practice: usize) -> Home {
    let district = DISTRICTS.get(practice).copied().unwrap_or("Town Centre");
    let inward = ["ZX", "ZY", "ZZ"];
    Home {
        lines: vec![format!("{} {}", chance.between(1, 140), chance.pick(STREETS)), district.to_owned()],
        postcode: format!("KB{} {}{}", practice + 1, chance.between(1, 9), chance.pick(&inward)),
    }
}

/// The address of a care home.
pub(crate) fn care_home_address(home: &Organisation) -> Home {
    Home { lines: vec![home.name.to_owned(), home.line.to_owned()], postcode: home.postcode.to_owned() }
}

/// Writes organisations, their sites and the wards.
pub(crate) fn write(pen: &mut Pen) {
    for organisation in organisations() {
        pen.write_for(organisation.ods);
        pen.write_as("Organization", organisation.id, &organisation_body(organisation));
        pen.write_as("Location", &organisation.site_id(), &site_body(organisation));
    }
    pen.write_for(HOSPITAL.ods);
    for ward in [EMERGENCY, OUTPATIENTS].iter().chain(&WARDS) {
        pen.write_as("Location", ward.id, &ward_body(ward));
    }
    for practice in &PRACTICES {
        pen.write_for(practice.ods);
        pen.write_as("HealthcareService", &practice.id.replace("org-", "service-"), &service_body(practice));
    }
}

fn telephone(last: u32) -> Value {
    json!([{ "system": "phone", "value": format!("01632 960{last}"), "use": "work" }])
}

fn postal(organisation: &Organisation) -> Value {
    json!({ "line": [organisation.line], "city": "Kelderby", "postalCode": organisation.postcode, "country": "GBR" })
}

fn organisation_body(organisation: &Organisation) -> Value {
    json!({
        "identifier": [{ "system": ODS, "value": organisation.ods }],
        "active": true,
        "type": [{ "text": organisation.kind }],
        "name": organisation.name,
        "telecom": telephone(organisation.phone),
        "address": [postal(organisation)],
    })
}

fn site_body(organisation: &Organisation) -> Value {
    json!({
        "status": "active",
        "name": organisation.name,
        "mode": "instance",
        "telecom": telephone(organisation.phone),
        "address": postal(organisation),
        "managingOrganization": organisation.link(),
    })
}

fn ward_body(ward: &Ward) -> Value {
    let body = json!({
        "status": "active",
        "name": ward.name,
        "mode": "instance",
        "managingOrganization": HOSPITAL.link(),
        "partOf": HOSPITAL.site(),
    });
    with(body, "type", json!([coded("http://terminology.hl7.org/CodeSystem/v3-RoleCode", ward.code.0, ward.code.1)]))
}

fn service_body(practice: &Organisation) -> Value {
    json!({
        "active": true,
        "providedBy": practice.link(),
        "name": format!("Appointments at {}", practice.name),
        "location": [practice.site()],
        "telecom": telephone(practice.phone),
    })
}
