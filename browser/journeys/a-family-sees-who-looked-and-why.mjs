// Mrs A and her daughter read who looked at the record, when and why: the second half of the story.

import { PEOPLE, openRecordOfMrsA } from '../locality.mjs'
import { journey } from '../visitor.mjs'

journey('a daughter sees who looked at the record of Mrs A and why', async (visitor) => {
  const doctor = await openRecordOfMrsA(visitor)

  await visitor.signInAs(PEOPLE.daughter, /^Sign in for/)
  await visitor.look('home of the daughter')
  await visitor.press(/who (has )?looked/i)
  await visitor.reads(doctor)
  await visitor.reads(/because/i)
  await visitor.look('who looked')
  await visitor.showInReadme('who-looked', 1300)
  await visitor.onPaper('who looked', doctor, /because/i)
})

journey('Mrs A reads her own record and who looked', async (visitor) => {
  const doctor = await openRecordOfMrsA(visitor)

  await visitor.signInAs(PEOPLE.mrsA)
  await visitor.reads(doctor)
  await visitor.look('home of Mrs A')
  await visitor.press(/who (has )?looked/i)
  await visitor.reads(doctor)
  await visitor.open('/my/record')
  await visitor.reads(/medicines/i)
  await visitor.look('her own record')
  await visitor.onPaper('her own record', /medicines/i)
})
