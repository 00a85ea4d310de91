// Reception records a mother for her child after asking the child alone; she opens the child's record; reception ends it, and it is shut.

import assert from 'node:assert/strict'
import { PEOPLE } from '../locality.mjs'
import { journey } from '../visitor.mjs'

/** What the sign-in page says of the mother and her child. */
async function family(visitor) {
  await visitor.open('/sign-in')
  const words = await visitor.card(PEOPLE.parent).innerText()
  const told = words.match(/her child (.+) \(NHS number (\d{10})\).*born on (\d{4})-(\d{2})-(\d{2}) and has the NHS number (\d{10})/s)
  assert.ok(told, words)
  const [, child, childNumber, year, month, day, number] = told
  return { child, childNumber, year, month: String(Number(month)), day: String(Number(day)), number, name: await visitor.nameOf(PEOPLE.parent) }
}

/** Reception finds the child and opens the list of who may act. */
async function openList(visitor, told) {
  await visitor.signInAs(PEOPLE.receptionist)
  await visitor.write('NHS number', told.childNumber)
  await visitor.send('NHS number')
  await visitor.press(new RegExp(told.child.split(' ').pop(), 'i'))
  await visitor.press('Who may act for this person')
  assert.equal(await visitor.heading(), 'Who may act for this person')
}

/** As far as the check before it holds. */
async function describe(visitor, told) {
  await visitor.press('Record a new one')
  await visitor.look('what it rests on')
  await visitor.page.getByLabel('Parental responsibility').check()
  await visitor.press('Continue')
  await visitor.reads(/the day before the 16th birthday/)
  await visitor.look('the details')
  await visitor.write('Name of who will act', told.name)
  await visitor.write('Their NHS number', told.number)
  const born = visitor.page.getByRole('group', { name: 'Their date of birth' })
  for (const [label, value] of [['Day', told.day], ['Month', told.month], ['Year', told.year]]) await born.getByLabel(label).fill(value)
  await visitor.page.getByLabel('What are they to the person?').selectOption('Mother')
  await visitor.page.getByLabel('The whole record').check()
  await visitor.page.getByLabel('Birth certificate').check()
  await visitor.press('Continue')
  assert.equal(await visitor.heading(), 'Check before it holds')
  await visitor.reads(/\(mother\) may act for .* by parental responsibility, and sees the whole record/)
}

journey('reception records who may act and ends it', async (visitor) => {
  const told = await family(visitor)
  await openList(visitor, told)
  await visitor.look('nobody yet')
  await describe(visitor, told)
  await visitor.press('Record it')
  assert.match(await visitor.page.title(), /^Error/)
  await visitor.look('the questions are not answered')
  await visitor.page.getByLabel('Yes, and the person agrees or does not object').check()
  await visitor.page.getByLabel('No', { exact: true }).last().check()
  await visitor.press('Record it')
  await visitor.reads(/It is recorded/)
  assert.doesNotMatch(visitor.where(), /999/, 'no number stands in the address')
  await visitor.look('it is recorded')
  await visitor.onPaper('it is recorded', /Ended|Parental responsibility/)

  await visitor.signInAs(PEOPLE.parent)
  await visitor.open('/my/others')
  await visitor.press(new RegExp(`^Open the record of .*${told.child.split(' ')[0]}`))
  assert.match(await visitor.heading(), /^Home of/)
  await visitor.reads(/recorded that somebody may act for/)
  await visitor.look('the child for whom she acts')
  await visitor.open('/my/people')
  await visitor.reads(/Recorded by .*birth certificate/i)
  await visitor.look('who acts for the child')
  const hers = await visitor.context.cookies()
  // Signing in over her session would end it: reception is at another screen.
  await visitor.context.clearCookies()

  await openList(visitor, told)
  await visitor.press(/^End that/)
  await visitor.look('why it ends')
  await visitor.page.getByLabel('The person asked for it').check()
  await visitor.press('End it now')
  await visitor.reads(/can no longer act/)
  await visitor.look('it has ended')

  await visitor.context.clearCookies()
  await visitor.context.addCookies(hers)
  assert.equal(await visitor.open('/my/record'), 404)
  assert.equal(await visitor.heading(), 'You cannot open this record')
})

journey('a worry records nothing', async (visitor) => {
  const told = await family(visitor)
  await openList(visitor, told)
  await describe(visitor, told)
  await visitor.page.getByLabel('Yes, or I am not sure').check()
  await visitor.press('Record it')
  assert.equal(await visitor.heading(), 'Nothing was recorded')
  await visitor.reads(/Tell the safeguarding lead/)
  await visitor.look('a worry')
})
