// A locality without a sign-in service: reception gives codes, people make passkeys with them and sign in.

import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { startWithPasskeys } from '../services.mjs'
import { journey, journeyWithScripts } from '../visitor.mjs'

let locality
before(async () => {
  locality = await startWithPasskeys()
})
after(() => locality?.stop())

/** Takes a new device in hand that verifies its owner, as a phone does, and puts the last one away. */
async function device(visitor) {
  const session = await visitor.context.newCDPSession(visitor.page)
  await visitor.device?.send('WebAuthn.disable')
  visitor.device = session
  await session.send('WebAuthn.enable')
  const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true }
  await session.send('WebAuthn.addVirtualAuthenticator', { options: { ...options, automaticPresenceSimulation: true } })
}

/** Makes a passkey with a code on a device of one's own, and signs in with it. */
async function makeAndSignIn(visitor, code) {
  await device(visitor)
  await visitor.open(`${locality.ours}/passkey/new`)
  await visitor.write('The code on your slip', code.toLowerCase())
  await visitor.press('Continue')
  await visitor.press('Make a passkey on this device')
  await visitor.page.waitForURL(`${locality.ours}/passkey/sign-in?made=yes`)
  await visitor.press('Use your passkey')
  await visitor.page.waitForURL((url) => !url.pathname.startsWith('/passkey'))
}

/** Gives a code as somebody who may; gives its text. */
async function give(visitor, fields, removes) {
  await visitor.open(`${locality.ours}/passkey/codes`)
  for (const [label, text] of Object.entries(fields)) await visitor.write(label, text)
  await visitor.page.getByLabel('How do you know that it is this person?').selectOption('passport')
  if (removes) await visitor.page.getByLabel('Passkeys that this person has already').selectOption('yes')
  await visitor.press('Give a code')
  return (await visitor.page.getByText(/^[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}$/).innerText()).trim()
}

const ANN = { 'NHS number': '9990000018', Day: '14', Month: '3', Year: '1944' }

journey('a passkey is made with a code, signs in and is removed', async (visitor) => {
  visitor.alsoAsks(locality.ours)
  if (!visitor.scripts) {
    await visitor.open(`${locality.ours}/passkey/sign-in`)
    await visitor.reads('Passkeys need JavaScript')
    await visitor.look('without scripts')
    return
  }
  assert.equal(await visitor.open(`${locality.ours}/passkey/new`), 200)
  await visitor.write('The code on your slip', 'ABCD-2345-WXYZ')
  await visitor.press('Continue')
  await visitor.reads('This code is not good: it was used, is older than a day, or was typed wrongly.')
  await visitor.look('a code that is not good')

  // The administrator has hers from whoever runs the server, and lets reception in.
  await makeAndSignIn(visitor, locality.code('Practitioner/adams'))
  const forBell = await give(visitor, { 'Staff number': '555900000007' })
  await visitor.look('the slip')
  await visitor.press('Sign out')
  await makeAndSignIn(visitor, forBell)
  assert.equal(await visitor.heading(), 'Find a person')

  await visitor.open(`${locality.ours}/passkey/codes`)
  await visitor.look('giving a code')
  const forAnn = await give(visitor, ANN)
  await visitor.press('Sign out')
  await makeAndSignIn(visitor, forAnn)
  assert.equal(visitor.where(), '/my')
  assert.equal(await visitor.open(`${locality.ours}/my/record/results`), 200)

  // The code was for once.
  await visitor.open(`${locality.ours}/passkey/new`)
  await visitor.write('The code on your slip', forAnn)
  await visitor.press('Continue')
  await visitor.reads('This code is not good')

  await visitor.open(`${locality.ours}/account/devices`)
  await visitor.reads(/who checked a passport/)
  await visitor.look('her passkeys')
  await visitor.press('Remove this passkey')
  await visitor.reads('You had signed in with it, so you are signed out here.')
  await visitor.look('signed out with her passkey')
})

/** Puts the device down as it is, signed in, and takes up another that is signed in as these cookies say, or as nobody. */
async function takeUp(visitor, cookies = []) {
  const before = await visitor.context.cookies()
  await visitor.context.clearCookies()
  await visitor.context.addCookies(cookies)
  return before
}

journeyWithScripts('a lost passkey is replaced at the desk and everybody concerned sees it', async (visitor) => {
  visitor.alsoAsks(locality.ours)
  await makeAndSignIn(visitor, locality.code('Practitioner/adams'))
  const forBell = await give(visitor, { 'Staff number': '555900000007' })
  const forGrey = await give(visitor, { 'Staff number': '555900000009' })
  await takeUp(visitor)
  await makeAndSignIn(visitor, forBell)
  const forAnn = await give(visitor, ANN)
  const desk = await takeUp(visitor)
  await makeAndSignIn(visitor, forAnn)
  const lostPhone = await takeUp(visitor, desk)

  // She comes to the desk without her phone; reception checks who she is.
  const again = await give(visitor, ANN, true)
  await visitor.reads(/is signed out now/)
  await visitor.look('the slip of a recovery')
  await takeUp(visitor, lostPhone)
  assert.equal(await visitor.open(`${locality.ours}/my`), 401, 'whoever has the phone is signed out')
  await visitor.look('signed out by the recovery')

  await takeUp(visitor)
  await makeAndSignIn(visitor, again)
  assert.equal(visitor.where(), '/my')
  await visitor.open(`${locality.ours}/account/devices`)
  await visitor.reads(/You were signed out everywhere. Your passkeys from before were removed./)
  await visitor.look('her devices after the recovery')
  await visitor.open(`${locality.ours}/my/who-looked`)
  await visitor.reads(/Ruth Bell \(Elm Surgery\) gave a code to sign in to your record because they checked that it was you/)
  await visitor.look('who looked after the recovery')
  await visitor.open(`${locality.ours}/my/who-looked?lang=cy`)
  await visitor.reads(/Rhoddodd Ruth Bell \(Elm Surgery\) god i fewngofnodi/)

  await takeUp(visitor)
  await makeAndSignIn(visitor, forGrey)
  await visitor.open(`${locality.ours}/privacy-officer/recoveries`)
  await visitor.reads('a member of the public')
  await visitor.reads('removed')
  await visitor.look('the recoveries')
})
