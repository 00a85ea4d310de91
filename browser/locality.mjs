// The people of the demo locality that journeys speak of, and the ways to them that several journeys share.
//
// Their facts are fixed whatever the seed; what is not fixed, such as the doctor's name, is read from the page.

import assert from 'node:assert/strict'

/** Sentences of the sign-in page by which journeys know who is who. */
export const PEOPLE = {
  emergencyDoctor: 'Sees Mrs A in the emergency department now.',
  otherDoctor: 'Is a GP at another practice',
  receptionist: 'Books appointments at Elm Surgery',
  daughter: 'Acts for her mother online',
  parent: 'Does not act yet for her child',
  mrsA: 'Is 82, lives in a care home',
  privacyOfficer: 'Watches who looked at records',
  gp: 'Is the GP of Mrs A and of Daniel Cole.',
  careHomeNurse: 'Looks after the residents of Rowan House',
  wardNurse: 'Works on the wards of the hospital.',
  otherGp: 'Is a GP at another practice',
  pharmacist: 'Runs the pharmacy next to Elm Surgery.',
  socialWorker: 'Supports adults at home for the council.',
  paramedic: 'Brought Mrs A from the care home',
}

/** Mrs A of the story. */
export const MRS_A = { name: /Alice Ashdown|Ashdown, Alice/i, family: 'ashdown', day: 14, month: 3, age: 82 }

/** Her daughter. */
export const DAUGHTER = { name: /Joanne Pryce|Pryce, Joanne/i, family: 'pryce', day: 2, month: 6, age: 54 }

/** Somebody's date of birth as a form asks for it: people of the story are always of the same age. */
export function birthdayOf({ day, month, age }, today = new Date()) {
  const hadBirthday = today.getMonth() + 1 > month || (today.getMonth() + 1 === month && today.getDate() >= day)
  return { Day: String(day), Month: String(month), Year: String(today.getFullYear() - (hadBirthday ? age : age + 1)) }
}

/** A well-formed NHS number of the 999 range that nobody here has. */
export function unknownNhsNumber() {
  for (let body = 999_999_990; ; body -= 1) {
    const sum = [...String(body)].reduce((total, digit, index) => total + Number(digit) * (10 - index), 0)
    const check = (11 - (sum % 11)) % 11
    if (check < 10) return `${body}${check}`
  }
}

/** One of four, each for its own variant of a journey: at a desk or on a phone, with scripts or without. */
export function byVariant(visitor, four) {
  return four[(visitor.screen === 'desk' ? 0 : 2) + (visitor.scripts ? 0 : 1)]
}

/** Signs somebody in, the doctor in A&E if nobody is said, finds Mrs A by name and opens her record; gives their name. */
export async function openRecordOfMrsA(visitor, who = PEOPLE.emergencyDoctor) {
  const doctor = await visitor.signInAs(who)
  await find(visitor)
  await visitor.press(MRS_A.name)
  return doctor
}

/** Looks for Mrs A, or another person of the story, by name and date of birth. */
export async function find(visitor, person = MRS_A) {
  assert.equal(await visitor.heading(), 'Find a person')
  await visitor.write('Family name', person.family)
  for (const [label, value] of Object.entries(birthdayOf(person))) await visitor.write(label, value)
  await visitor.send('Year')
  assert.equal(await visitor.heading(), '1 person found')
}
