// Mrs A takes her list of who looked away, and anybody checks its proofs in the browser, without signing in.

import assert from 'node:assert/strict'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

  // Nothing is asked of the server for it, and one changed letter is found.
  await visitor.context.setOffline(true)
  const text = await readFile(file, 'utf8')
  const changed = join(await mkdtemp(join(tmpdir(), 'proof-')), 'changed.tlog-proof')
  await writeFile(changed, text.replace('"outcome":"', '"outcome":"x'))
  await visitor.page.getByLabel(/choose the file/i).setInputFiles(changed)
  await visitor.page.getByRole('heading', { name: `${all - 1} of ${all} hold` }).waitFor()
  await visitor.context.setOffline(false)
})
