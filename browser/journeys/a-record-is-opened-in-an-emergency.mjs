// A doctor who has nothing to do with Mrs A opens her record in an emergency, and Mrs A is told at once; or, where that would
// put somebody at risk, later, and a second person checks that.

import assert from 'node:assert/strict'
import { DAUGHTER, MRS_A, PEOPLE, find } from '../locality.mjs'
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
  await visitor.reads('For you to know')
  await visitor.reads(/opened your record in an emergency/)
  await visitor.look('the notice on her home')
  await visitor.press(/who (has )?looked/i)
  await visitor.reads(doctor)
  await visitor.reads(/declared an emergency/)
  await visitor.look('what Mrs A finds')
})

journey('telling waits where it would put somebody at risk, until an officer ends it', async (visitor) => {
  const what = `Fell on the stairs, ${visitor.screen}, ${visitor.scripts ? 'with' : 'without'} scripts.`
  await visitor.signInAs(PEOPLE.otherDoctor)
  await find(visitor, DAUGHTER)
  await visitor.press(DAUGHTER.name)
  await visitor.open(`${visitor.where()}/emergency`)
  await visitor.page.getByLabel(/life or health is at risk/).check()
  await visitor.write('What has happened?', what)
  await visitor.page.getByLabel(/tell later/).check()
  await visitor.press('Open the record')
  await visitor.reads('Enter why telling the person now would put somebody at risk')
  await visitor.look('without saying who is at risk')
  await visitor.write('Who would be at risk, and how?', 'Her partner reads her letters and has hurt her.')
  await visitor.press('Open the record')
  await visitor.reads(/Open in an emergency until/)

  await visitor.signInAs(PEOPLE.daughter)
  await visitor.open('/my/who-looked')
  await visitor.doesNotRead(what)

  await visitor.signInAs(PEOPLE.privacyOfficer)
  await visitor.open('/privacy-officer/told-later')
  await visitor.reads('Her partner reads her letters and has hurt her.')
  await visitor.doesNotRead(DAUGHTER.name)
  await visitor.look('what waits to be decided')
  await visitor.press('Tell the person now')
  await visitor.reads('Write why you decide so')
  await visitor.look('without a reason to end it')
  await visitor.write('Why do you decide so?', 'She lives with her sister now.')
  await visitor.press('Tell the person now')
  await visitor.reads('Nobody waits to be told.')
  await visitor.unfold(/^Told since/)
  await visitor.look('what was told since')
  await visitor.onPaper('what was told since', 'She lives with her sister now.')

  await visitor.signInAs(PEOPLE.daughter)
  await visitor.open('/my/who-looked')
  await visitor.reads(new RegExp(what))
  await visitor.look('who looked, told now')
})
