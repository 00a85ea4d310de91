// A daughter lets her mother act for her, after being asked whether she wants to, and stops it again.

import assert from 'node:assert/strict'
import { PEOPLE } from '../locality.mjs'
import { journey } from '../visitor.mjs'

/** An NHS number of the range for tests; whether it is anybody's is not told. */
const NUMBER = '999 000 0018'

async function fillIn(visitor, sees = 'The whole record') {
  await visitor.open('/my/people')
  await visitor.press('Let somebody act for me')
  await visitor.write('Their name', 'Robin Vale')
  await visitor.write('Their NHS number', NUMBER)
  for (const [label, value] of [['Day', '4'], ['Month', '3'], ['Year', '1950']]) await visitor.write(label, value)
  await visitor.page.getByLabel(sees).check()
}

journey('somebody is let in and stopped', async (visitor) => {
  await visitor.signInAs(PEOPLE.daughter)
  await visitor.press('See who acts for you')
  await visitor.look('who acts for me')
  await fillIn(visitor)
  await visitor.look('the form')
  await visitor.press('Continue')
  assert.equal(await visitor.heading(), 'Check before you decide')
  await visitor.look('the check')
  await visitor.page.getByLabel('No, I decide this freely').check()
  await visitor.press('Continue')

  assert.equal(await visitor.heading(), 'Who acts for me')
  assert.doesNotMatch(visitor.where(), /999|vale/i, 'nothing about anybody stands in the address')
  await visitor.look('after it is given')
  await visitor.press('Stop Robin Vale acting for me')
  await visitor.reads('That person can no longer act for you.')
  await visitor.look('after it is stopped')
})

journey('somebody is let see a part', async (visitor) => {
  await visitor.signInAs(PEOPLE.daughter)
  await fillIn(visitor, 'Appointments')
  await visitor.page.getByLabel('Leave out whatever is marked as sensitive').check()
  await visitor.press('Continue')
  await visitor.reads(/Appointments, but nothing that is marked as sensitive/)
  await visitor.reads('They may take none')
  await visitor.page.getByLabel('No, I decide this freely').check()
  await visitor.press('Continue')
  await visitor.reads(/They see: appointments, but nothing that is marked as sensitive. They may take no copy./)
  await visitor.look('after a part is given')
  await visitor.press('Stop Robin Vale acting for me')
})

journey('somebody under pressure finds a way out', async (visitor) => {
  await visitor.signInAs(PEOPLE.daughter)
  await fillIn(visitor)
  await visitor.press('Continue')
  await visitor.page.getByLabel('Yes, or I am not sure').check()
  await visitor.press('Continue')
  assert.equal(await visitor.heading(), 'Nothing has changed')
  await visitor.look('help')
})

journey('a form with mistakes keeps what was typed', async (visitor) => {
  await visitor.signInAs(PEOPLE.daughter)
  await fillIn(visitor)
  await visitor.write('Their NHS number', '999 000 0001')
  await visitor.press('Continue')
  assert.match(await visitor.page.title(), /^Error/)
  await visitor.reads(/at least one digit is wrong/)
  await visitor.look('a wrong number')
})

journey('whoever acts for somebody sees the choices and that only she changes them', async (visitor) => {
  await visitor.signInAs(PEOPLE.daughter, /^Sign in for/)
  await visitor.press('Choose what is shared')
  await visitor.reads(/Only .* can change them/)
  await visitor.look('choices of the mother')
  await visitor.open('/my/people')
  await visitor.reads(/Stop acting for/)
  await visitor.look('who acts for the mother')
})
