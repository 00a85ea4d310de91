// The privacy officer begins her day: a look that nothing explains, who else looked, and what she decides.

import assert from 'node:assert/strict'
import { DAUGHTER, MRS_A, PEOPLE, byVariant, find } from '../locality.mjs'
import { journey } from '../visitor.mjs'

/** What is on her desk beside the looks; each has a journey of its own. */
const DESK = [
  ['/privacy-officer/rights', 'Rights requests'],
  ['/privacy-officer/locks', 'Locks'],
  ['/privacy-officer/simulator', 'Who could see'],
  ['/privacy-officer/breaches', 'Suspected breaches'],
  ['/privacy-officer/told-later', 'Told later'],
  ['/log', 'Who looked at records'],
]

/** Professionals, and somebody with whom they have nothing to do; each variant of the journey has its own. */
const STRANGERS = [
  [PEOPLE.otherGp, MRS_A],
  [PEOPLE.careHomeNurse, DAUGHTER],
  [PEOPLE.socialWorker, MRS_A],
  [PEOPLE.paramedic, DAUGHTER],
]

journey("the privacy officer's morning", async (visitor) => {
  const [who, person] = byVariant(visitor, STRANGERS)
  const stranger = await visitor.signInAs(who)
  await find(visitor, person)

  await visitor.signInAs(PEOPLE.privacyOfficer)
  await visitor.reads(/the record explains/)
  await visitor.look('the desk')
  await visitor.press(new RegExp(`^${stranger}`))
  await visitor.reads('Nothing in the record says why they looked.')
  await visitor.doesNotRead(person.name)
  await visitor.look('a look to check')

  await visitor.press('What else they looked at')
  await visitor.reads(/Entries of the log/)
  await visitor.look('the log of one member of staff')
  await visitor.press('Questions and looks to check')
  await visitor.press(new RegExp(`^${stranger}`))
  await visitor.write('What you found', `${stranger} typed a wrong name and told us so.`)
  await visitor.press('Close this look')
  await visitor.reads('What was decided')
  await visitor.look('closed')
  await visitor.onPaper('closed', 'What was decided', `${stranger} typed a wrong name and told us so.`)

  await visitor.press('Questions and looks to check')
  await visitor.unfold(/^Closed looks/)
  await visitor.reads(new RegExp(`^${stranger}`))
  await visitor.look('the desk after')

  for (const [where, heading] of DESK) {
    await visitor.open(where)
    assert.equal(await visitor.heading(), heading)
    await visitor.look(heading)
  }
})
