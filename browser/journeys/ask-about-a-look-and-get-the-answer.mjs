// Mrs A asks about a look at her record, and the privacy officer answers: from the button to the words on her page.

import { PEOPLE, byVariant, openRecordOfMrsA } from '../locality.mjs'
import { journey } from '../visitor.mjs'

/** Each variant of the journey asks about somebody else: a look is asked about once. */
const CARERS = [PEOPLE.emergencyDoctor, PEOPLE.gp, PEOPLE.careHomeNurse, PEOPLE.wardNurse]

journey('Mrs A asks about a look and gets the answer', async (visitor) => {
  const name = await openRecordOfMrsA(visitor, byVariant(visitor, CARERS))
  const question = `I do not remember ${name}.`
  const answer = `${name} cared for you that day.`

  await visitor.signInAs(PEOPLE.mrsA)
  await visitor.press(/who (has )?looked/i)
  await visitor.unfold(`Ask about this look by ${name}`)
  await visitor.writeThere('Your question', question)
  await visitor.look('the question')
  await visitor.pressThere('Send the question')
  await visitor.reads(question)
  await visitor.reads(/must answer by/)
  await visitor.look('asked')

  await visitor.signInAs(PEOPLE.privacyOfficer)
  await visitor.reads(/28 days left/)
  await visitor.press(new RegExp(`^${name}`))
  await visitor.reads(question)
  await visitor.look('the question at the desk')
  await visitor.press('Send the answer')
  await visitor.reads('There is a problem')
  await visitor.look('no answer written')
  await visitor.write('Your answer', answer)
  await visitor.press('Send the answer')
  await visitor.reads(answer)
  await visitor.look('answered')
  await visitor.onPaper('answered', answer)

  await visitor.signInAs(PEOPLE.mrsA)
  await visitor.press(/who (has )?looked/i)
  await visitor.reads(answer)
  await visitor.look('the answer')
  await visitor.onPaper('the answer', answer)
})
