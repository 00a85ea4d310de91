// A slip of the finger in an NHS number: the page says what is wrong and how to go on.

import assert from 'node:assert/strict'
import { PEOPLE, unknownNhsNumber } from '../locality.mjs'
import { journey } from '../visitor.mjs'

/** No check digit makes a number of this body. */
const NEVER_RIGHT = '999 000 0001'

journey('a wrong NHS number says what to do', async (visitor) => {
  await visitor.signInAs(PEOPLE.emergencyDoctor)
  await visitor.write('NHS number', NEVER_RIGHT)
  await visitor.send('NHS number')

  assert.match(await visitor.page.title(), /^Error/)
  await visitor.reads(/at least one digit is wrong/)
  await visitor.look('a wrong number')

  await visitor.press(/at least one digit is wrong/)
  assert.match(visitor.where(), /^\/care/)
})

journey('an NHS number that nobody has says how to go on', async (visitor) => {
  await visitor.signInAs(PEOPLE.emergencyDoctor)
  await visitor.write('NHS number', unknownNhsNumber())
  await visitor.send('NHS number')

  assert.equal(await visitor.heading(), 'Nobody found')
  assert.doesNotMatch(visitor.where(), /999/, 'the number stands in no address')
  await visitor.look('nobody found')

  await visitor.press(/search again/i)
  assert.equal(await visitor.heading(), 'Find a person')
})
