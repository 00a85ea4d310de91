// A letter asks for a copy: the privacy officer writes it down and answers, the person takes her copy; then a record is locked
// and opened again, the rules say who could see, and a suspected breach gets its clock.

import assert from 'node:assert/strict'
import { DAUGHTER, PEOPLE, find } from '../locality.mjs'
import { journey } from '../visitor.mjs'

/** The NHS number of the daughter, as a professional who looks her up reads it. */
async function numberOf(visitor, person) {
  await visitor.signInAs(PEOPLE.gp)
  await find(visitor, person)
  const text = await visitor.page.locator('main').innerText()
  const found = text.match(/999 \d{3} \d{4}/)
  assert.ok(found, 'the number stands on the page')
  return found[0]
}

async function choose(visitor, label, value) {
  await visitor.page.getByLabel(label, { exact: true }).selectOption(value)
}

journey('the privacy officer answers a letter', async (visitor) => {
  const number = await numberOf(visitor, DAUGHTER)
  await visitor.signInAs(PEOPLE.privacyOfficer)
  await visitor.open('/privacy-officer/rights')
  await visitor.look('rights requests')
  await visitor.press('Write down a request')
  await visitor.write('NHS number', number)
  await visitor.page.getByLabel('Subject access').check()
  await visitor.page.getByLabel('By letter or e-mail').check()
  for (const [label, value] of [['Day', '2'], ['Month', '1'], ['Year', '2026']]) await visitor.write(label, value)
  await visitor.write('What the person wants', 'A copy of everything.')
  await visitor.look('a letter')
  await visitor.press('Open a case')
  assert.equal(await visitor.heading(), 'Subject access')
  assert.doesNotMatch(visitor.where(), /999/, 'nothing about anybody stands in the address')
  await visitor.reads('What is held about the person')
  await visitor.doesNotRead(DAUGHTER.name)
  await visitor.look('a subject access case')
  await visitor.page.getByLabel('Done as asked').check()
  await visitor.write('What the person is told', 'Your copy is on your page.')
  await visitor.press('Send the answer')
  await visitor.reads('The answer: done as asked')
  await visitor.look('answered')
  await visitor.onPaper('answered', 'The answer: done as asked', 'Your copy is on your page.')

  await visitor.signInAs(PEOPLE.daughter)
  await visitor.open('/my/rights')
  await visitor.look('my rights')
  await visitor.press(/^Get a copy of everything about me/)
  await visitor.look('my request')
  await visitor.press('Read or print the copy')
  assert.equal(await visitor.heading(), 'Copy of your data')
  await visitor.look('the copy')
})

journey('the privacy officer locks a record, asks who could see, and starts the clock of a breach', async (visitor) => {
  const number = await numberOf(visitor, DAUGHTER)
  await visitor.signInAs(PEOPLE.privacyOfficer)
  await visitor.open('/privacy-officer/locks')
  await visitor.write('NHS number', number)
  await visitor.page.getByLabel('The whole record').check()
  await visitor.write('Why', 'Until her complaint is looked into.')
  await visitor.press('Lock now')
  await visitor.reads('Until her complaint is looked into.')
  await visitor.look('locks')
  await visitor.onPaper('locks', 'Until her complaint is looked into.')

  await visitor.open('/privacy-officer/simulator')
  await visitor.write('Whose record: NHS number', number)
  await choose(visitor, 'Who: role', 'Gp')
  await choose(visitor, 'What for', 'DirectCare')
  await visitor.press('Ask the rules')
  assert.equal(await visitor.heading(), 'Who could see')
  await visitor.reads(/A relationship of care/)
  await visitor.look('who could see')
  await visitor.onPaper('who could see', /A relationship of care/)

  await visitor.open('/privacy-officer/locks')
  await visitor.write(/^Why the lock of/, 'The complaint is settled.')
  await visitor.press('Open it again')
  await visitor.reads('Nothing is closed.')
  await visitor.look('opened again')

  await visitor.open('/log')
  await visitor.write('NHS number', number)
  await visitor.press('Search the log')
  await visitor.reads(/^Looked for: record .* Looked through /)
  await visitor.look('the log of one record')

  await visitor.open('/privacy-officer/breaches')
  await visitor.write('What happened', 'A list was sent to a wrong address.')
  await visitor.write(/^How many hours ago/, '2')
  await visitor.look('suspected breaches')
  await visitor.press('Start the clock')
  await visitor.reads(/^(69|70) hours left$/)
  await visitor.look('a suspected breach')
  await visitor.onPaper('a suspected breach', 'A list was sent to a wrong address.')
})
