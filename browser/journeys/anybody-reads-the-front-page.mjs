// The public front page: what this is, who runs it, figures of today, and the ways in.

import assert from 'node:assert/strict'
import { journey } from '../visitor.mjs'

journey('anybody reads the front page', async (visitor) => {
  assert.equal(await visitor.open('/'), 200)
  await visitor.reads(/made.up/i)
  await visitor.reads(/people/i)
  await visitor.reads(/organisations/i)
  await visitor.look('the front page')
  await visitor.showInReadme('front-page')

  await visitor.press(/sign in/i)
  assert.equal(await visitor.heading(), 'Sign in')
  await visitor.look('the ways in')
})

journey('nobody finds a page that is not there', async (visitor) => {
  assert.equal(await visitor.open('/no-such-page'), 404)
  await visitor.look('no such page')
})
