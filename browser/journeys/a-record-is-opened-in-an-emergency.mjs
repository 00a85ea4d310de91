// A doctor who has nothing to do with Mrs A opens her record in an emergency, and Mrs A finds out.

import assert from 'node:assert/strict'
import { MRS_A, PEOPLE, find } from '../locality.mjs'
import { journey } from '../visitor.mjs'

journey('a record is opened in an emergency, and the person finds it', async (visitor) => {
  const doctor = await visitor.signInAs(PEOPLE.otherDoctor)
  await find(visitor, MRS_A)
  await visitor.press(MRS_A.name)
  // It may be open already, by an earlier walk of this journey: the page that asks is the same.
  await visitor.reads(/no care relationship|Open in an emergency until/i)
  await visitor.open(`${visitor.where()}/emergency`)
  assert.equal(await visitor.heading(), 'Open this record in an emergency')
  await visitor.look('the interruption')
  await visitor.press('Open the record')
  assert.match(await visitor.page.title(), /^Error/)
  await visitor.reads('Select why you need to open this record now')
  await visitor.look('without a reason')

  await visitor.page.getByLabel(/life or health is at risk/).check()
  await visitor.write('What has happened?', 'Collapsed in the street, cannot be asked.')
  await visitor.press('Open the record')
  await visitor.reads(/Open in an emergency until/)
  await visitor.reads(/mg/)
  await visitor.look('the record, open')

  await visitor.signInAs(PEOPLE.mrsA)
  await visitor.press(/who (has )?looked/i)
  await visitor.reads(doctor)
  await visitor.reads(/declared an emergency/)
  await visitor.look('what Mrs A finds')
})
