// The doctor in A&E finds Mrs A by her NHS number and reads her record: the first half of the story.

import assert from 'node:assert/strict'
import { journey } from '../visitor.mjs'
import { MRS_A, openMrsAAsEmergencyDoctor } from '../locality.mjs'

journey('an emergency doctor reads the record of Mrs A', async (visitor) => {
  await openMrsAAsEmergencyDoctor(visitor)

  await visitor.reads(MRS_A.name)
  assert.doesNotMatch(visitor.where(), /999|ashdown/i, 'nothing of her stands in the address')
  for (const heading of [/allerg/i, /medic/i, /problem/i, /result/i]) await visitor.reads(heading)
  await visitor.look('the record')
  await visitor.showInReadme('record')
  await visitor.photographOnPaper('the record')
})
