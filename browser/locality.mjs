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
  mrsA: 'Is 82, lives in a care home',
}

/** Mrs A of the story. */
export const MRS_A = { name: /Alice Ashdown|Ashdown, Alice/i, family: 'ashdown' }

/** Her date of birth as a form asks for it: she is always 82. */
export function birthdayOfMrsA(today = new Date()) {
  const hadBirthday = today.getMonth() > 2 || (today.getMonth() === 2 && today.getDate() >= 14)
  return { Day: '14', Month: '3', Year: String(today.getFullYear() - (hadBirthday ? 82 : 83)) }
}

/** A well-formed NHS number of the 999 range that nobody here has. */
export function unknownNhsNumber() {
  for (let body = 999_999_990; ; body -= 1) {
    const sum = [...String(body)].reduce((total, digit, index) => total + Number(digit) * (10 - index), 0)
    const check = (11 - (sum % 11)) % 11
    if (check < 10) return `${body}${check}`
  }
}

/** Signs the doctor in A&E in, finds Mrs A by name and opens her record; gives the doctor's name. */
export async function openRecordOfMrsA(visitor) {
  const doctor = await visitor.signInAs(PEOPLE.emergencyDoctor)
  await findMrsA(visitor)
  await visitor.press(MRS_A.name)
  return doctor
}

/** Looks for Mrs A by her name and date of birth. */
export async function findMrsA(visitor) {
  assert.equal(await visitor.heading(), 'Find a person')
  await visitor.write('Family name', MRS_A.family)
  for (const [label, value] of Object.entries(birthdayOfMrsA())) await visitor.write(label, value)
  await visitor.send('Year')
  assert.equal(await visitor.heading(), '1 person found')
}
