// The privacy officer begins her day: a look that nothing explains, who else looked, and what she decides.

import { PEOPLE, byVariant, findMrsA } from '../locality.mjs'
import { journey } from '../visitor.mjs'

/** Professionals with whom Mrs A has nothing to do; each variant of the journey has its own. */
const STRANGERS = [PEOPLE.otherGp, PEOPLE.pharmacist, PEOPLE.socialWorker, PEOPLE.paramedic]

journey("the privacy officer's morning", async (visitor) => {
  const stranger = await visitor.signInAs(byVariant(visitor, STRANGERS))
  await findMrsA(visitor)

  await visitor.signInAs(PEOPLE.privacyOfficer)
  await visitor.reads(/the record explains/)
  await visitor.look('the desk')
  await visitor.press(new RegExp(`^${stranger}`))
  await visitor.reads('Nothing in the record says why they looked.')
  await visitor.doesNotRead(/Ashdown/)
  await visitor.look('a look to check')

  await visitor.press('What else they looked at')
  await visitor.reads(/direct care/)
  await visitor.look('the log of one member of staff')
  await visitor.press('Questions and looks to check')
  await visitor.press(new RegExp(`^${stranger}`))
  await visitor.write('What you found', `${stranger} typed a wrong name and told us so.`)
  await visitor.press('Close this look')
  await visitor.reads('What was decided')
  await visitor.look('closed')
  await visitor.photographOnPaper('closed')

  await visitor.press('Questions and looks to check')
  await visitor.unfold(/^Closed looks/)
  await visitor.reads(new RegExp(`^${stranger}`))
  await visitor.look('the desk after')
})
