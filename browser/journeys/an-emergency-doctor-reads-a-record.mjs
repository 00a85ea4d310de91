// The doctor in A&E finds Mrs A and reads her record on one screen: the first half of the story.

import assert from 'node:assert/strict'
import { MRS_A, PEOPLE, find } from '../locality.mjs'
import { journey } from '../visitor.mjs'

journey('an emergency doctor reads the record of Mrs A', async (visitor) => {
  await visitor.signInAs(PEOPLE.emergencyDoctor)
  await visitor.look('find a person')
  await find(visitor)
  await visitor.look('one person found')

  await visitor.press(MRS_A.name)
  await visitor.reads(MRS_A.name)
  for (const heading of [/allerg/i, /medic/i, /problem/i, /result/i]) await visitor.reads(heading)
  assert.doesNotMatch(visitor.where(), /999|ashdown|born/i, 'nothing that identifies her stands in the address')
  await visitor.look('the record')
  await visitor.showInReadme('record', 1300)
  await visitor.onPaper('the record', MRS_A.name, /allerg/i)
})

journey('a receptionist sees who Mrs A is and not what she has', async (visitor) => {
  await visitor.signInAs(PEOPLE.receptionist)
  await find(visitor)
  await visitor.press(MRS_A.name)

  await visitor.reads(/not permitted|may not see|cannot see/i)
  await visitor.doesNotRead(/mg tablet/i)
  await visitor.look('a record that is not for her')
})
