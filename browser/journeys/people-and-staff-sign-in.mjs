// People sign in with a service elsewhere, staff with their smartcards: against a provider that is not ours.

import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { startServices } from '../services.mjs'
import { journey } from '../visitor.mjs'

let services
before(async () => {
  services = await startServices()
})
after(() => services?.stop())

/** The path in the address bar, at our own server. */
function here(visitor) {
  assert.ok(visitor.page.url().startsWith(services.ours), visitor.page.url())
  return visitor.where()
}

journey('a person signs in with NHS login and comes to the page that she asked for', async (visitor) => {
  visitor.alsoAsks(services.ours, services.issuer)
  assert.equal(await visitor.open(`${services.ours}/my/record`), 401)
  await visitor.press('Sign in')
  assert.equal(await visitor.heading(), 'Sign in')
  await visitor.look('the ways to sign in')
  await visitor.press('Sign in with NHS login')
  assert.equal(await visitor.heading(), 'Who are you?')
  await visitor.press('Ann Archer')
  await visitor.page.waitForURL(`${services.ours}/my/record`)
  assert.equal(await visitor.heading(), 'My record')

  await visitor.press(/^Ann Archer/)
  assert.equal(await visitor.heading(), 'Your devices')
  await visitor.reads('With NHS login, with proof of who you are')
  await visitor.doesNotRead(/999 000 0018|9990000018/)
  await visitor.look('her devices')

  const cookies = await visitor.context.cookies(services.ours)
  assert.deepEqual(
    cookies.map(({ name, sameSite, httpOnly }) => [name, sameSite, httpOnly]),
    [['commonweal-session', 'Strict', true]],
  )
  await visitor.press('Sign out everywhere')
  assert.equal(await visitor.open(`${services.ours}/my`), 401)
})

journey('a person who has not proven who she is does so when it is needed', async (visitor) => {
  visitor.alsoAsks(services.ours, services.issuer)
  await visitor.open(`${services.ours}/sign-in`)
  await visitor.press('Sign in with NHS login')
  await visitor.press('Ann Archer before she sent a photo')
  await visitor.page.waitForURL(`${services.ours}/my`)
  await visitor.look('home without the record')
  assert.equal(await visitor.open(`${services.ours}/my/record/results`), 403)
  await visitor.look('what she is told')
  await visitor.press('How to prove who you are')
  assert.equal(here(visitor), '/account/prove')
  await visitor.look('how to prove it')
  await visitor.press('Prove who you are with NHS login')
  await visitor.page.getByRole('link', { name: 'Ann Archer', exact: true }).click()
  // The provider first signs out who she was there, by a form that a script sends.
  if (!visitor.scripts) await visitor.page.locator('[type=submit]').click()
  await visitor.page.waitForURL(`${services.ours}/my`)
  assert.equal(await visitor.open(`${services.ours}/my/record/results`), 200)
})

journey('a person without a record here is told what to do', async (visitor) => {
  visitor.alsoAsks(services.ours, services.issuer)
  await visitor.open(`${services.ours}/sign-in`)
  await visitor.press('Sign in with NHS login')
  await visitor.press('Somebody from elsewhere')
  assert.equal(await visitor.heading(), 'We could not find your record')
  await visitor.look('no record here')
})

journey('a doctor signs in with her smartcard and chooses where she works now', async (visitor) => {
  visitor.alsoAsks(services.ours, services.issuer)
  await visitor.open(`${services.ours}/sign-in`)
  await visitor.press('Sign in with your smartcard')
  await visitor.page.getByRole('link', { name: 'Dr Amir Khan', exact: true }).click()
  await visitor.page.waitForURL(`${services.ours}/sign-in/done`)
  assert.equal(await visitor.heading(), 'In which role do you work now?')
  await visitor.look('her roles')
  await visitor.press(/Oak Surgery/)
  assert.equal(here(visitor), '/care')
  await visitor.reads('Dr Amir Khan, Oak Surgery')
  assert.equal(await visitor.open(`${services.ours}/my`), 403)
})

journey('a doctor whose job has no role here is told which, and who can mend it', async (visitor) => {
  visitor.alsoAsks(services.ours, services.issuer)
  await visitor.open(`${services.ours}/sign-in`)
  await visitor.press('Sign in with your smartcard')
  await visitor.press('Dr Amir Khan in a job that has no role here')
  assert.equal(await visitor.heading(), 'You have no role here')
  await visitor.reads('S8000:G8000:R9999 at K81001')
  await visitor.look('no role here')
})
