//! Names of made-up people: given names by sex and generation, family names by background.
//!
//! Short lists of ordinary names, combined by chance; nobody real is meant. It refuses to say anything about a person
//! but the name. Next: `population`.

use crate::chance::Chance;
use crate::population::Sex;

const WOMEN_OLD: &[&str] = &[
    "Margaret", "Jean", "Doreen", "Sheila", "Barbara", "Joan", "Maureen", "Brenda", "Patricia", "Shirley", "Beryl",
    "Audrey", "Dorothy", "Pauline", "Eileen", "Hazel", "June", "Marjorie", "Sylvia", "Norma", "Rita", "Vera", "Edna",
    "Iris",
];
const MEN_OLD: &[&str] = &[
    "Ronald", "Kenneth", "Derek", "Raymond", "Dennis", "Gordon", "Leonard", "Stanley", "Norman", "Frank", "Harold",
    "Albert", "Ernest", "Donald", "Roy", "Geoffrey", "Cyril", "Walter", "Eric", "Maurice", "Bernard", "Arthur",
];
const WOMEN_MIDDLE: &[&str] = &[
    "Susan",
    "Julie",
    "Karen",
    "Jacqueline",
    "Deborah",
    "Tracey",
    "Jane",
    "Helen",
    "Diane",
    "Sharon",
    "Alison",
    "Caroline",
    "Lesley",
    "Gillian",
    "Sarah",
    "Nicola",
    "Joanne",
    "Amanda",
    "Lisa",
    "Claire",
    "Michelle",
    "Rachel",
    "Samantha",
    "Emma",
];
const MEN_MIDDLE: &[&str] = &[
    "David", "Paul", "Andrew", "Mark", "Stephen", "Ian", "Gary", "Kevin", "Alan", "Neil", "Martin", "Nigel", "Graham",
    "Philip", "Simon", "Jason", "Darren", "Craig", "Stuart", "Lee", "Richard", "Matthew", "Adrian", "Jonathan",
];
const WOMEN_YOUNG: &[&str] = &[
    "Olivia", "Amelia", "Isla", "Ava", "Freya", "Lily", "Florence", "Poppy", "Evie", "Chloe", "Megan", "Jessica",
    "Lauren", "Bethany", "Georgia", "Holly", "Sophie", "Ellie", "Abigail", "Rosie", "Daisy", "Phoebe", "Matilda",
    "Eliza",
];
const MEN_YOUNG: &[&str] = &[
    "Oliver", "George", "Noah", "Arthur", "Harry", "Leo", "Oscar", "Jack", "Alfie", "Charlie", "Thomas", "Joshua",
    "Callum", "Ryan", "Connor", "Jake", "Lewis", "Kieran", "Ethan", "Finley", "Toby", "Archie", "Theo", "Reuben",
];
const FAMILIES: &[&str] = &[
    "Barraclough",
    "Fenwick",
    "Holroyd",
    "Thackray",
    "Ogden",
    "Lister",
    "Sugden",
    "Ackroyd",
    "Priestley",
    "Greenwood",
    "Hartley",
    "Illingworth",
    "Pickles",
    "Rushworth",
    "Shackleton",
    "Tempest",
    "Uttley",
    "Varley",
    "Wadsworth",
    "Midgley",
    "Crossley",
    "Dewhirst",
    "Earnshaw",
    "Feather",
    "Gaunt",
    "Haigh",
    "Ingham",
    "Jagger",
    "Kershaw",
    "Lumb",
    "Mallinson",
    "Naylor",
    "Oldroyd",
    "Pogson",
    "Radcliffe",
    "Stansfield",
    "Tordoff",
    "Walshaw",
    "Armitage",
    "Beaumont",
    "Clegg",
    "Drake",
    "Eastwood",
    "Firth",
    "Garside",
    "Hirst",
    "Jowett",
    "Kaye",
    "Lockwood",
    "Moorhouse",
    "Noble",
    "Parkin",
    "Quarmby",
    "Robertshaw",
    "Sykes",
    "Taylor",
    "Whiteley",
    "Wright",
    "Marsden",
    "Brook",
    "Hinchliffe",
    "Castle",
    "Denby",
    "Womersley",
    "Holmes",
    "Baxter",
    "Cooper",
    "Mills",
];
const SOUTH_ASIAN_WOMEN: &[&str] = &[
    "Aisha", "Fatima", "Priya", "Sunita", "Nasreen", "Zara", "Meera", "Shabana", "Anjali", "Rukhsana", "Kiran", "Deepa",
];
const SOUTH_ASIAN_MEN: &[&str] = &[
    "Imran", "Rajesh", "Tariq", "Sanjay", "Mohammed", "Amir", "Vikram", "Bilal", "Arjun", "Nadeem", "Harpreet", "Yusuf",
];
const SOUTH_ASIAN_FAMILIES: &[&str] =
    &["Hussain", "Patel", "Begum", "Khan", "Singh", "Kaur", "Mahmood", "Sharma", "Iqbal", "Desai", "Malik", "Chaudhry"];
const AFRICAN_WOMEN: &[&str] =
    &["Grace", "Ngozi", "Blessing", "Marcia", "Abena", "Esther", "Chidinma", "Yvonne", "Adaeze", "Joy"];
const AFRICAN_MEN: &[&str] =
    &["Emmanuel", "Kwame", "Chidi", "Winston", "Samuel", "Tunde", "Kofi", "Desmond", "Joseph", "Obinna"];
const AFRICAN_FAMILIES: &[&str] =
    &["Okafor", "Mensah", "Adeyemi", "Campbell", "Boateng", "Nwosu", "Bailey", "Owusu", "Eze", "Francis"];
const EUROPEAN_WOMEN: &[&str] = &["Agnieszka", "Ioana", "Katarzyna", "Elena", "Magdalena", "Simona", "Ewa", "Daniela"];
const EUROPEAN_MEN: &[&str] = &["Piotr", "Andrei", "Tomasz", "Mihai", "Krzysztof", "Vasile", "Pawel", "Stefan"];
const EUROPEAN_FAMILIES: &[&str] =
    &["Kowalska", "Popescu", "Nowak", "Ionescu", "Wozniak", "Rusu", "Lewandowski", "Marin"];

/// Where a family's names come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Background {
    /// Names common in the north of England.
    English,
    /// Names common among families from South Asia.
    SouthAsian,
    /// Names common among families from Africa and the Caribbean.
    African,
    /// Names common among families from eastern Europe.
    European,
}

/// A given name for somebody born in a year.
pub(crate) fn given(chance: &mut Chance, background: Background, sex: Sex, born: i32) -> &'static str {
    let female = sex == Sex::Female;
    let table = match background {
        Background::SouthAsian => {
            if female {
                SOUTH_ASIAN_WOMEN
            } else {
                SOUTH_ASIAN_MEN
            }
        }
        Background::African => {
            if female {
                AFRICAN_WOMEN
            } else {
                AFRICAN_MEN
            }
        }
        Background::European => {
            if female {
                EUROPEAN_WOMEN
            } else {
                EUROPEAN_MEN
            }
        }
        Background::English if born < 1953 => {
            if female {
                WOMEN_OLD
            } else {
                MEN_OLD
            }
        }
        Background::English if born < 1988 => {
            if female {
                WOMEN_MIDDLE
            } else {
                MEN_MIDDLE
            }
        }
        Background::English => {
            if female {
                WOMEN_YOUNG
            } else {
                MEN_YOUNG
            }
        }
    };
    chance.pick(table)
}

/// A family name.
pub(crate) fn family(chance: &mut Chance, background: Background) -> &'static str {
    chance.pick(match background {
        Background::English => FAMILIES,
        Background::SouthAsian => SOUTH_ASIAN_FAMILIES,
        Background::African => AFRICAN_FAMILIES,
        Background::European => EUROPEAN_FAMILIES,
    })
}
