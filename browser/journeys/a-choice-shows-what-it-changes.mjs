// A person hides a topic: she sees what that changes before she says yes, and stops it again.

import assert from 'node:assert/strict'
import { MRS_A, PEOPLE, find } from '../locality.mjs'
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

journey('a person says whether she may be asked about research, and her practice reads it', async (visitor) => {
  await visitor.signInAs(PEOPLE.mrsA)
  await visitor.open('/my/choices')
  await visitor.press('Say whether I may be asked about research')
  await visitor.page.getByLabel('Yes, my GP practice may ask me').check()
  await visitor.look('the question about research')
  await visitor.press('See what this changes')
  await visitor.reads(/No researcher learns who you are/)
  await visitor.reads(/This changes nothing for a doctor or nurse in A&E/)
  await visitor.look('what the answer changes')
  await visitor.press('Save this choice')
  await visitor.reads('Your GP practice may ask you to take part in research.')

  await visitor.signInAs(PEOPLE.receptionist)
  await find(visitor, MRS_A)
  await visitor.press(MRS_A.name)
  await visitor.open(`${visitor.where()}/acting`)
  await visitor.reads(/They may be asked, said on/)
  await visitor.look('what the practice reads')

  await visitor.signInAs(PEOPLE.mrsA)
  await visitor.open('/my/choices')
  await visitor.press(/^Stop this choice.*Your GP practice may ask you/)
  await visitor.press('Stop this choice')
  await visitor.reads('Your answer is taken back. Nobody asks you about research.')
})
