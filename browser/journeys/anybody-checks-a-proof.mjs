// Mrs A takes her list of who looked away, and anybody checks its proofs in the browser, without signing in.

import assert from 'node:assert/strict'
import { PEOPLE } from '../locality.mjs'
import { journeyWithScripts } from '../visitor.mjs'

journeyWithScripts('Mrs A takes away who looked and anybody checks the proofs', async (visitor) => {
  await visitor.signInAs(PEOPLE.mrsA)
  await visitor.open('/my/record/allergies')
  // On a phone the link is inside the menu.
  await visitor.open('/my/who-looked')
  const download = visitor.page.waitForEvent('download')
  await visitor.page.getByRole('link', { name: 'Download with proofs' }).click()
  const file = await (await download).path()

  await visitor.open('/transparency')
  await visitor.press('Check a proof')
  await visitor.page.getByLabel(/choose the file/i).setInputFiles(file)
  const found = visitor.page.getByRole('heading', { name: /of \d+ hold$/ })
  await found.waitFor()
  const [held, all] = (await found.innerText()).match(/\d+/g).map(Number)
  assert.ok(held > 0 && held === all, `${held} of ${all} hold`)
  await visitor.look('proofs that hold')
})
