// A person hides a topic: she sees what that changes before she says yes, and stops it again.

import assert from 'node:assert/strict'
import { PEOPLE } from '../locality.mjs'
import { journey } from '../visitor.mjs'

journey('a choice shows what it changes before it is made', async (visitor) => {
  await visitor.signInAs(PEOPLE.mrsA)
  await visitor.press('Choose what is shared')
  await visitor.reads(/only uses in the public register/i)
  await visitor.reads(/We have no recent answer of the NHS about your choice/)
  await visitor.look('choices')

  await visitor.press('Share with nobody but my GP practice')
  await visitor.look('the question')
  await visitor.press('See what this changes')
  await visitor.reads(/This hides [0-9,]+ entries from a doctor or nurse in A&E/)
  await visitor.reads(/This changes nothing for your GP practice/)
  await visitor.look('what it changes')
  await visitor.onPaper('what it changes', /This hides [0-9,]+ entries from a doctor or nurse in A&E/)

  await visitor.press('Save this choice')
  await visitor.reads('Your choice is saved. It holds from now on.')
  await visitor.look('after the choice')
  assert.doesNotMatch(visitor.where(), /org|mrs/, 'nothing about anybody stands in the address')

  await visitor.press('Stop this choice')
  await visitor.reads(/This shows [0-9,]+ entries again to a doctor or nurse in A&E/)
  await visitor.look('before it is stopped')
  await visitor.press('Stop this choice')
  await visitor.reads('Your choice has ended. What it hid is shared again.')
  await visitor.look('after it is stopped')
})

journey('a choice without an answer says what is missing', async (visitor) => {
  await visitor.signInAs(PEOPLE.mrsA)
  await visitor.open('/my/choices/add/topic')
  await visitor.press('See what this changes')
  assert.match(await visitor.page.title(), /^Error/)
  await visitor.reads('Choose a topic')
  await visitor.look('no topic')
  await visitor.press('Go back and change nothing')
  assert.equal(await visitor.heading(), 'Choices about sharing')
})

journey('an entry is hidden from beside it', async (visitor) => {
  await visitor.signInAs(PEOPLE.mrsA)
  await visitor.open('/my/record/conditions')
  await visitor.look('conditions')
  await visitor.press(/^Hide this/)
  assert.equal(await visitor.heading(), 'Hide one entry')
  await visitor.page.getByLabel(/^Everybody but my GP practice/).check()
  await visitor.look('the entry')
  await visitor.press('See what this changes')
  await visitor.reads(/This hides .* from a doctor or nurse in A&E/)
  await visitor.look('what hiding it changes')
})
