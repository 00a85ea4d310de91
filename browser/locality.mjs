// The people and places of the demo locality that journeys speak of, and the ways to them that several journeys share.

/** Mrs A of the story: 82, of Rowan House, in the emergency department today. */
export const MRS_A = { name: /Ashdown/i, born: { day: '14', month: '3' } }

/** Sentences of the sign-in page by which journeys know who is who. */
export const PEOPLE = {
  emergencyDoctor: 'Sees Mrs A in the emergency department now.',
  daughter: 'Acts for her mother online',
  mrsA: 'Is 82, lives in a care home',
  receptionist: 'Books appointments at Elm Surgery',
}
