import type { Control } from '@greengate/contracts'
import { control as obs01 } from './obs-01/control.ts'
import { control as obs02 } from './obs-02/control.ts'
import { control as obs03 } from './obs-03/control.ts'
import { control as obs04 } from './obs-04/control.ts'
import { control as obs05 } from './obs-05/control.ts'
import { control as obs06 } from './obs-06/control.ts'
import { control as obs07 } from './obs-07/control.ts'
import { control as obs08 } from './obs-08/control.ts'
import { control as obs09 } from './obs-09/control.ts'
import { control as obs10 } from './obs-10/control.ts'
import { control as obs11 } from './obs-11/control.ts'
import { control as obs12 } from './obs-12/control.ts'
import { control as obs13 } from './obs-13/control.ts'
import { control as obs14 } from './obs-14/control.ts'
import { control as obs15 } from './obs-15/control.ts'
import { control as obs16 } from './obs-16/control.ts'
import { control as obs17 } from './obs-17/control.ts'
import { control as obs18 } from './obs-18/control.ts'
import { control as obs19 } from './obs-19/control.ts'
import { control as obs20 } from './obs-20/control.ts'
import { control as obs21 } from './obs-21/control.ts'
import { control as obs22 } from './obs-22/control.ts'
import { control as obs23 } from './obs-23/control.ts'

/** Every control of the family, in the order of its number. */
export const obs: readonly Control[] = [
  obs01,
  obs02,
  obs03,
  obs04,
  obs05,
  obs06,
  obs07,
  obs08,
  obs09,
  obs10,
  obs11,
  obs12,
  obs13,
  obs14,
  obs15,
  obs16,
  obs17,
  obs18,
  obs19,
  obs20,
  obs21,
  obs22,
  obs23,
]
