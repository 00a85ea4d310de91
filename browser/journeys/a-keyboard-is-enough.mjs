// From the front page to the record of Mrs A without touching a mouse, the focus always in sight.

import assert from 'node:assert/strict'
import { MRS_A, PEOPLE, birthdayOf } from '../locality.mjs'
import { journeyWithScripts } from '../visitor.mjs'

journeyWithScripts('a keyboard is enough to find Mrs A', async (visitor) => {
  await visitor.open('/')
  assert.equal(await visitor.tabTo(/skip to main content/i), 1, 'the first stop is the way past the header')
  await visitor.tabTo(/sign in as one of them/i)
  await visitor.strike('Enter')

  const doctor = await visitor.nameOf(PEOPLE.emergencyDoctor)
  await visitor.tabTo(new RegExp(`sign in as ${doctor}`, 'i'))
  await visitor.strike('Enter')

  await visitor.tabTo(/family name/i)
  await visitor.page.keyboard.type(MRS_A.family)
  const { Day, Month, Year } = birthdayOf(MRS_A)
  for (const [label, value] of [[/day/i, Day], [/month/i, Month], [/year/i, Year]]) {
    await visitor.tabTo(label)
    await visitor.page.keyboard.type(value)
  }
  await visitor.tabTo(/^\s*find\s*$/i)
  await visitor.strike('Enter')

  await visitor.tabTo(MRS_A.name)
  await visitor.strike('Enter')
  await visitor.reads(/allerg/i)
})
