// The public front page: what this is, who runs it, figures of today, and the ways in.

import assert from 'node:assert/strict'
import { PEOPLE } from '../locality.mjs'
import { journey } from '../visitor.mjs'

journey('anybody reads the front page', async (visitor) => {
  assert.equal(await visitor.open('/'), 200)
  await visitor.reads(/made up/i)
  await visitor.reads('People with a record')
  await visitor.reads('Organisations taking part')
  await visitor.look('the front page')
  await visitor.showInReadme('front-page')

  await visitor.press(/sign in as one of them/i)
  assert.equal(await visitor.heading(), 'Sign in')
  await visitor.look('the ways in')
})

journey('anybody reads about the service', async (visitor) => {
  for (const page of ['/about', '/accessibility', '/privacy', '/transparency', '/log/check']) {
    assert.equal(await visitor.open(page), 200)
    await visitor.look(page)
  }
})

journey('a page that is not there tells strangers nothing and others so', async (visitor) => {
  assert.equal(await visitor.open('/no-such-page'), 401, 'a stranger cannot tell it from a page that is there')
  await visitor.look('sign in first')

  await visitor.signInAs(PEOPLE.receptionist)
  assert.equal(await visitor.open('/no-such-page'), 404)
  await visitor.look('no such page')
})
